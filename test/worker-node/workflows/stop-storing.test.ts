import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { engineWorkflowId } from '../../../shared/schemas/command.ts';
import type { JsonObject } from '../../../shared/schemas/json.ts';
import type { OperationContext } from '../../../worker-node/plugins/define-plugin.ts';
import { STORING_UPDATE, type StoringTry } from '../../../worker-node/workflows/contract.ts';
import { planOf } from '../engine/plans.ts';
import { createTestWorker, type TestWorker } from '../engine/test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await createTestWorker();
});
afterAll(() => worker.close());

/** Resolves when the workflow no longer waits for steps that it has told to end: the timer for that has fired. */
async function givenUp(id: string): Promise<void> {
  const run = worker.client.workflow.getHandle(engineWorkflowId(id, 1));
  await vi.waitFor(
    async () => {
      const { events = [] } = await run.fetchHistory();
      expect(events?.some((event) => event.timerFiredEventAttributes)).toBe(true);
    },
    { timeout: 20_000, interval: 200 },
  );
}

async function store({ artifacts }: OperationContext<JsonObject>): Promise<string> {
  const path = join(await artifacts.workdir(), 'model');
  await writeFile(path, 'good');
  return (await artifacts.put('model', path)).uri;
}

const ask = (id: string, storing: StoringTry): Promise<boolean> =>
  worker.client.workflow
    .getHandle(engineWorkflowId(id, 1))
    .executeUpdate<boolean, [StoringTry]>(STORING_UPDATE, { args: [storing] });

test('what a try stores whose work had ended is waited for, however long, by a stop without grace', async () => {
  const go = Promise.withResolvers<void>();
  worker.test.run = async (ctx) => {
    if (ctx.step.id === 'deaf') return new Promise(() => undefined);
    ctx.workEnded();
    await go.promise;
    return store(ctx);
  };
  const { id } = await worker.start(
    planOf([
      { id: 'storing', does: 'test.run' },
      { id: 'deaf', does: 'test.run' },
      { id: 'next', depends_on: ['storing'] },
    ]),
  );
  await Promise.all([worker.test.beginning('storing'), worker.test.beginning('deaf')]);
  await worker.stop(id, { graceful: false });
  await givenUp(id);
  go.resolve();
  const uri = `artifact://${id}/storing/model`;
  expect(await worker.edge.ended(id)).toMatchObject({
    ...{ status: 'stopped', artifacts: [uri] },
    step_details: [{ status: 'completed', output: uri }, { status: 'cancelled' }, { status: 'cancelled' }],
  });
  expect(await readFile(await worker.artifacts.open(uri, { attempt: 1 }), 'utf8')).toBe('good');
});

test('a try that was given up stores nothing any more', async () => {
  const go = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<unknown>();
  worker.test.run = async (ctx) => {
    await go.promise;
    ctx.workEnded();
    await once(ctx.storingSignal, 'abort');
    await store(ctx).catch(ended.resolve);
    throw ctx.storingSignal.reason;
  };
  const { id, handle } = await worker.start(planOf([{ id: 'late', does: 'test.run' }]));
  await worker.test.beginning('late');
  await handle.terminate('for a test');
  go.resolve();
  worker.running.cancel(id, 1, true);
  expect(await ended.promise).toMatchObject({ code: 'TRY_ENDED' });
});

test('only the try that runs is waited for, and no run that has ended waits', async () => {
  worker.test.run = async ({ signal }) => once(signal, 'abort').then(() => null);
  const { id } = await worker.start(planOf([{ id: 'runs', does: 'test.run' }]));
  await worker.test.beginning('runs');
  expect(await ask(id, { step_id: 'runs', try: 2 })).toBe(false);
  expect(await ask(id, { step_id: 'other', try: 1 })).toBe(false);
  expect(await ask(id, { step_id: 'runs', try: 1 })).toBe(true);
  await worker.stop(id);
  await worker.edge.ended(id);
  await worker.client.workflow.getHandle(engineWorkflowId(id, 1)).result();
  await expect(ask(id, { step_id: 'runs', try: 1 })).rejects.toThrow('already completed');
});
