import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Priority } from '../../../shared/schemas/execution.ts';
import { createTemporalGateway } from '../../../worker-node/dispatch/temporal-gateway.ts';
import { computeQueue } from '../../../worker-node/workflows/contract.ts';
import { payloadOf, planOf } from '../engine/plans.ts';
import { createTestWorker, type TestWorker } from '../engine/test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await createTestWorker({ computeSlots: 1 });
});
afterAll(() => worker.close());

/** Starts an execution as a start command does; its one step takes a compute slot. */
async function start(step: string, priority: Priority): Promise<string> {
  const plan = planOf([{ id: step, does: 'test.run', slot: 'compute' }]);
  const payload = { ...payloadOf(plan), priority };
  const execution_id = payload.context.execution.id;
  worker.edge.create(payload, plan);
  const gateway = createTemporalGateway({ client: worker.client, pool: worker.pool });
  const command = { type: 'start' as const, id: `cmd_${step}`, execution_id, attempt: 1, payload };
  await gateway.start(command, new AbortController().signal);
  return execution_id;
}

/** How many steps wait for a compute slot. The server counts them every 5 s. */
async function waiting(): Promise<number> {
  const { stats } = await worker.client.workflowService.describeTaskQueue({
    namespace: 'default',
    taskQueue: { name: computeQueue(worker.pool) },
    // TASK_QUEUE_TYPE_ACTIVITY
    taskQueueType: 2,
    reportStats: true,
  });
  return Number(stats?.approximateBacklogCount ?? 0);
}

test('of the steps that wait for a slot, those of more important executions go first', async () => {
  const release = new AbortController();
  worker.test.run = async ({ step }) => {
    if (step.id === 'holds-the-slot' && !release.signal.aborted) await once(release.signal, 'abort');
    return null;
  };
  const first = await start('holds-the-slot', 'normal');
  await worker.test.beginning('holds-the-slot');
  const priorities: Priority[] = ['low', 'low', 'normal', 'high', 'critical', 'critical'];
  const others: string[] = [];
  for (const [index, priority] of priorities.entries()) others.push(await start(`${priority}-${index}`, priority));
  await expect.poll(waiting, { timeout: 20_000 }).toBe(priorities.length);
  release.abort();
  await Promise.all([first, ...others].map((id) => worker.edge.ended(id)));
  expect(worker.test.begun.map(({ step }) => step.replace(/-\d$/, ''))).toEqual([
    'holds-the-slot',
    ...priorities.toReversed(),
  ]);
});
