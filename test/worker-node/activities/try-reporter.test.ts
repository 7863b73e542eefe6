import { expect, test } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
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

test('usage that the edge would refuse is left out, and said so once', () => {
  const { updates, logs, reporter } = setUp();
  const odd = { workers: '3', tokens: 'x'.repeat(100_000), cpu_seconds: null };
  for (let report = 0; report < 3; report++)
    reporter.usage({ cluster_id: 'x'.repeat(70_000), cost_usd: report, ...(odd as object) });
  reporter.usage({ cluster_id: 'c\ud83d', workers: 2, cpu_usage: undefined as never });
  reporter.close();
  const usage = { cluster_id: 'c\ufffd', workers: 2, cpu_usage: null, memory_usage: null, cost_usd: 2 };
  expect(updates.at(-1)).toMatchObject({ usage });
  expect(reporter.usageSoFar()).toEqual(usage);
  expect(logs).toMatchObject([
    {
      level: 'WARN',
      message: 'Left out of the reported usage, which cannot be shown: cluster_id, workers, tokens, cpu_seconds',
    },
  ]);
});

test('metadata of a log entry that is over 64 KiB is left out', () => {
  const { logs, reporter } = setUp();
  reporter.log('INFO', 'large', { text: 'é'.repeat(LIMITS.logMessageBytes / 2) });
  reporter.log('INFO', 'fits', { text: 'é'.repeat(LIMITS.logMessageBytes / 2 - 10) });
  expect(logs.map(({ metadata }) => Object.keys(metadata))).toEqual([['metadata_truncated'], ['text']]);
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

test('the current operation is cut between characters', () => {
  const { updates, reporter } = setUp();
  reporter.progress({ current_operation: `${'x'.repeat(999)}😀` });
  reporter.close();
  expect(updates).toMatchObject([{ progress: { current_operation: 'x'.repeat(999) } }]);
});

test('a long message is cut between characters, and its metadata says how long it was', () => {
  const { logs, reporter } = setUp();
  for (const shift of [0, 1, 2, 3])
    reporter.log('INFO', `${'x'.repeat(shift)}${'😀'.repeat(20_000)}`, { stream: 'stdout' });
  for (const [shift, { message, metadata }] of logs.entries()) {
    expect(message).toMatch(/^x*(😀)+ … \(cut\)$/u);
    expect(Buffer.byteLength(message)).toBeGreaterThan(LIMITS.logMessageBytes - 4);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(LIMITS.logMessageBytes);
    expect(metadata).toEqual({ stream: 'stdout', message_bytes: 80_000 + shift });
  }
});

test('half characters in messages, metadata and progress become U+FFFD; numbers that are none become text', () => {
  const { updates, logs, reporter } = setUp();
  reporter.log('INFO', 'a\ud83d', { '\udc00': 'b\ude00', loss: Number.NaN, best: Number.POSITIVE_INFINITY });
  reporter.progress({ current_operation: '\ud83d of \u0000' });
  reporter.close();
  expect(logs).toMatchObject([
    { message: 'a\ufffd', metadata: { '\ufffd': 'b\ufffd', loss: 'NaN', best: 'Infinity' } },
  ]);
  expect(updates).toMatchObject([{ progress: { current_operation: '\ufffd of \u0000' } }]);
});
