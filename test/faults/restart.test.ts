import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Execution } from '../../shared/schemas/execution.ts';
import type { Api, Success } from '../stack/api.ts';
import { createEffects, names } from './harness/effects.ts';
import { startFaultStack } from './harness/fault-stack.ts';
import { until } from './harness/until.ts';
import { watch } from './harness/watch.ts';

it.each([
  ['killed', true],
  ['stopped', false],
])('goes on where it was after the whole stack was %s and started on the same data', async (_how, force) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'wf-restart-'));
  const effects = createEffects();
  onTestFinished(() => {
    rmSync(dataDir, { recursive: true, force: true });
    effects.remove();
  });

  const first = await startFaultStack({ dataDir });
  onTestFinished(() => first.stop({ force: true }));
  const { id } = await first.api.data<{ id: string }>('POST', '/workflows', {
    name: 'restarted',
    steps: [
      effects.step('done'),
      effects.step('long', { depends_on: ['done'], ms: 15_000 }),
      effects.step('after', { depends_on: ['long'] }),
    ],
  });
  const { execution_id } = await execute(first.api, id);
  await until('the long step has begun', () => names(effects.of(execution_id)).includes('long/1/begin'));
  await first.stop({ force });

  const second = await startFaultStack({ dataDir });
  onTestFinished(() => second.stop());
  expect(second.stack.api_key).toBe(first.stack.api_key);
  const replayed = await execute(second.api, id);
  expect(replayed.execution_id).toBe(execution_id);
  const execution = await watch(second.api, execution_id).ended(90_000);
  expect(execution).toMatchObject({ status: 'completed', workflow_id: id, attempt: 1 });
  expect(execution.step_details.map(({ tries }) => tries)).toEqual([1, 2, 1]);
  const seen = names(effects.of(execution_id)).filter((name) => name !== 'long/1/stopped');
  expect(seen).toEqual([
    'done/1/begin',
    'done/1/end',
    'long/1/begin',
    'long/2/begin',
    'long/2/end',
    'after/1/begin',
    'after/1/end',
  ]);
});

/** The same key each time: only the first one starts something. */
async function execute(api: Api, workflowId: string): Promise<Execution> {
  const headers = { 'idempotency-key': 'once' };
  const { body } = await api.call<Success<Execution>>('POST', `/workflows/${workflowId}/execute`, {}, headers);
  return body.data;
}
