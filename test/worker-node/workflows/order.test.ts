import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planOf } from '../engine/plans.ts';
import { createTestWorker, type TestWorker } from '../engine/test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await createTestWorker();
});
afterAll(() => worker.close());

describe('a run of a plan', () => {
  test('completes a chain, every step once and in order', async () => {
    const ids = Array.from({ length: 10 }, (_, index) => `s${index}`);
    const plan = planOf(
      ids.map((id, index) => ({ id, depends_on: ids.slice(Math.max(0, index - 1), index), does: 'test.run' })),
    );
    const { id, handle } = await worker.start(plan);
    const execution = await worker.edge.ended(id);
    expect(execution.status).toBe('completed');
    expect(await handle.result()).toEqual({ status: 'completed' });
    expect(worker.test.begun.map(({ step }) => step)).toEqual(ids);
  });
});
