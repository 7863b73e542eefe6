import { expect, test } from 'vitest';
import type { LogUpdate, Update } from '../../../shared/schemas/update.ts';
import { createTryReporter } from '../../../worker-node/activities/try-reporter.ts';

function setUp() {
  const updates: Update[] = [];
  const logs: LogUpdate[] = [];
  const poster = {
    post(_id: string, _attempt: number, posted: readonly Update[], entries: readonly LogUpdate[]) {
      updates.push(...posted);
      logs.push(...entries);
    },
  };
  const step = { id: 'a', plugin: 'test', operation: 'run', timeout_ms: 1_000 };
  const execution = { id: 'exec_test', name: null, attempt: 1, workflow_id: 'wf_test' };
  const input = { execution, step, spec: null, reads: null, try: 1 };
  return { updates, logs, reporter: createTryReporter(poster, input, 'a/1') };
}

test('usage that is no finite number is not reported', () => {
  const { updates, reporter } = setUp();
  reporter.usage({ cpu_seconds: 2, workers: 3 });
  reporter.usage({ cpu_seconds: Number.NaN, peak_memory_mb: Number.POSITIVE_INFINITY, cpu_usage: 50 });
  reporter.close();
  const usage = { cluster_id: null, workers: 3, cpu_usage: 50, memory_usage: null, cpu_seconds: 2 };
  expect(reporter.usageSoFar()).toEqual(usage);
  expect(updates.at(-1)).toMatchObject({ usage });
});

test('metadata of a log entry that nests too deep is left out', () => {
  const { logs, reporter } = setUp();
  const deep = JSON.parse(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`);
  reporter.log('INFO', 'fine', { a: { b: 1 } });
  reporter.log('INFO', 'deep', deep);
  expect(logs.map(({ message, metadata }) => [message, Object.keys(metadata)])).toEqual([
    ['fine', ['a']],
    ['deep', ['metadata_truncated']],
  ]);
});

test('the current operation is cut at 1,000 characters', () => {
  const { updates, reporter } = setUp();
  reporter.progress({ current_operation: 'x'.repeat(1_001) });
  reporter.close();
  expect(updates).toMatchObject([{ progress: { current_operation: 'x'.repeat(1_000) } }]);
});
