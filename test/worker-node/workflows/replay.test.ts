import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { advance } from '../../../shared/domain/advance.ts';
import { createState } from '../../../shared/domain/execution-state.ts';
import { renderExecution } from '../../../shared/domain/execution-view.ts';
import { STATE_QUERY, type StateAnswer } from '../../../worker-node/workflows/contract.ts';
import { planOf } from '../engine/plans.ts';
import { untilAborted } from '../engine/test-plugin.ts';
import { createTestWorker, type TestWorker } from '../engine/test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await createTestWorker();
});
afterAll(() => worker.close());

describe('a worker that is killed', () => {
  test('loses its try, not the execution: it runs again, spends no try, and everything is told again', async () => {
    await worker.pause();
    const child = fork(join(import.meta.dirname, '../engine/worker-process.ts'), [
      inject('temporalAddress'),
      worker.pool,
      inject('workflowBundle'),
    ]);
    await once(child, 'message');
    const { id } = await worker.start(
      planOf([
        { id: 'first', does: 'test.run' },
        { id: 'endless', does: 'test.run', depends_on: ['first'] },
      ]),
    );
    for await (const [message] of on(child, 'message')) if (message.begun === 'endless') break;
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(worker.edge.of(id).updates).toEqual([]);

    worker.test.run = async ({ config }) => config;
    await worker.resume();
    const execution = await worker.edge.ended(id);
    expect(execution).toMatchObject({ status: 'completed', error: null });
    expect(execution.step_details.map(({ status, tries }) => [status, tries])).toEqual([
      ['completed', 1],
      ['completed', 2],
    ]);
    // What the killed worker had to say is gone with it; that the try has ended is not.
    const logs = worker.edge.of(id).logs.filter(({ step_id }) => step_id === 'endless');
    expect(logs.map(({ level, plugin, message }) => [level, plugin, message]).slice(0, 2)).toEqual([
      ['INFO', 'test', 'Try 1 of step "endless" lost.'],
      ['WARN', 'test', expect.stringContaining('is tried again, since try 1 ended with WORKER_LOST')],
    ]);
    // The first activation of this worker told what the killed one had recorded, before the result did.
    const told = worker.edge.of(id).updates;
    const end = told.findIndex((update) => update.type === 'step_ended' && update.result.step_id === 'first');
    expect(end).toBeGreaterThanOrEqual(0);
    expect(end).toBeLessThan(told.findIndex(({ type }) => type === 'result'));
  }, 60_000);
});

test('a worker that shuts down hands its tries over; they are not counted', async () => {
  worker.test.run = async (ctx) => (ctx.step.try === 1 ? untilAborted(ctx) : 'done');
  const { id } = await worker.start(planOf([{ id: 'moved', does: 'test.run' }]));
  await worker.test.beginning('moved');
  await worker.pause();
  await worker.resume();
  expect((await worker.edge.ended(id)).step_details).toMatchObject([{ status: 'completed', tries: 2, output: 'done' }]);
});

test('the state query answers what makes the same state as the updates, also after the end', async () => {
  const { id, handle } = await worker.start(
    planOf([{ id: 'a' }, { id: 'bad', does: 'core.fail' }, { id: 'after', depends_on: ['bad'] }]),
  );
  const live = await worker.edge.ended(id);
  const answer = await handle.query<StateAnswer, [number]>(STATE_QUERY, 0);
  expect(answer.pages).toBe(1);
  const state = createState(worker.edge.of(id).state.header, live.created_at);
  advance(state, answer.updates, live.updated_at);
  const asked = renderExecution(state);
  expect({ ...asked, seq: 0, updated_at: '' }).toEqual({ ...live, seq: 0, updated_at: '' });
});

test('updates make the same state in any order', async () => {
  const { id } = await worker.start(
    planOf([
      { id: 'a', config: { delay: '5ms' } },
      { id: 'b', does: 'core.fail', config: { times: 1 }, retry: { max_attempts: 2 }, depends_on: ['a'] },
      { id: 'bad', does: 'core.fail' },
      { id: 'after', depends_on: ['bad', 'b'] },
    ]),
  );
  const live = await worker.edge.ended(id);
  const { updates, state } = worker.edge.of(id);
  for (let turn = 0; turn < updates.length; turn++) {
    const permuted = [...updates.slice(turn), ...updates.slice(0, turn)].reverse();
    const other = createState(state.header, live.created_at);
    for (const update of [...permuted, ...updates]) advance(other, [update], live.updated_at);
    expect({ ...renderExecution(other), seq: 0, updated_at: '' }).toEqual({ ...live, seq: 0, updated_at: '' });
  }
});
