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

/** Longer than a worker that is asked to end lets its steps run on. */
const LONG_MS = 6_000;

it('goes on where it was when the whole stack is killed, or stopped, and started on the same data', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'wf-restart-'));
  const effects = createEffects();
  onTestFinished(() => {
    rmSync(dataDir, { recursive: true, force: true });
    effects.remove();
  });
  let faults = await startFaultStack({ dataDir });
  onTestFinished(() => faults.stop());
  const { api_key } = faults.stack;
  const { id } = await faults.api.data<{ id: string }>('POST', '/workflows', {
    name: 'restarted',
    steps: [
      effects.step('done'),
      effects.step('killed', { depends_on: ['done'], ms: LONG_MS }),
      effects.step('stopped', { depends_on: ['killed'], ms: LONG_MS }),
      effects.step('after', { depends_on: ['stopped'] }),
    ],
  });
  const { execution_id } = await execute(faults.api, id);

  for (const how of ['killed', 'stopped'] as const) {
    const begun = () => names(effects.of(execution_id)).some((name) => name.startsWith(`${how}/`));
    await until(`step "${how}" has begun`, begun);
    await faults.stop({ force: how === 'killed' });
    faults = await startFaultStack({ dataDir });
    expect(faults.stack.api_key).toBe(api_key);
    expect((await execute(faults.api, id)).execution_id).toBe(execution_id);
  }

  const execution = await watch(faults.api, execution_id).ended();
  expect(execution).toMatchObject({ status: 'completed', workflow_id: id, attempt: 1 });
  expect(execution.step_details.map(({ tries }) => tries)).toEqual([1, 2, 2, 1]);
  expect(names(effects.of(execution_id)).filter((name) => !name.endsWith('/stopped'))).toEqual([
    ...['done/1/begin', 'done/1/end'],
    ...['killed/1/begin', 'killed/2/begin', 'killed/2/end'],
    ...['stopped/1/begin', 'stopped/2/begin', 'stopped/2/end'],
    ...['after/1/begin', 'after/1/end'],
  ]);
}, 180_000);

/** With the same key each time: only the first one starts something. */
async function execute(api: Api, workflowId: string): Promise<Execution> {
  const headers = { 'idempotency-key': 'once' };
  const { body } = await api.call<Success<Execution>>('POST', `/workflows/${workflowId}/execute`, {}, headers);
  return body.data;
}
