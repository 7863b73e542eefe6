import { once } from 'node:events';
import { planOf } from '../engine/plans.ts';
import { untilAborted } from '../engine/test-plugin.ts';
import type { TestWorker } from '../engine/test-worker.ts';

/** Runs whose histories are kept: each makes the workflow code take other paths. */
export const SCENARIOS: Record<string, (worker: TestWorker) => Promise<string>> = {
  async 'completes-a-diamond'(worker) {
    const { id } = await worker.start(
      planOf([
        { id: 'a', config: { n: 1 } },
        { id: 'b', depends_on: ['a'], refs: ['a'], config: { n: '${{ steps.a.output.n + parameters.add }}' } },
        { id: 'c', depends_on: ['a'], slot: 'compute' },
        { id: 'd', depends_on: ['b', 'c'] },
      ]),
      { parameters: { add: 1 } },
    );
    return id;
  },

  async 'retries-fails-and-skips'(worker) {
    const { id } = await worker.start(
      planOf([
        { id: 'again', does: 'core.fail', config: { times: 1 }, retry: { max_attempts: 2 } },
        { id: 'bad', does: 'core.fail' },
        { id: 'skipped', depends_on: ['bad'] },
        { id: 'nap', does: 'core.sleep', config: { duration: '10ms' } },
        { id: 'resolved-nap', does: 'core.sleep', config: { duration: '${{ parameters.nap }}' }, depends_on: ['again'] },
      ]),
      { parameters: { nap: '10ms' } },
    );
    return id;
  },

  async 'stops-and-cleans-up'(worker) {
    worker.test.run = untilAborted;
    const { id } = await worker.start(
      planOf([{ id: 'busy', does: 'test.run' }, { id: 'nap', does: 'core.sleep', config: { duration: '1h' } }, { id: 'next', depends_on: ['busy'] }]),
    );
    await worker.test.beginning('busy');
    await worker.stop(id, { save_partial_results: false });
    return id;
  },

  async 'times-out'(worker) {
    worker.test.run = async ({ signal }) => {
      if (!signal.aborted) await once(signal, 'abort');
      return 'in time';
    };
    const { id } = await worker.start(planOf([{ id: 'slow', does: 'test.run' }, { id: 'next', depends_on: ['slow'] }], 50));
    return id;
  },

  async 'hands-over'(worker) {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const steps = ids.map((id, index) => ({ id, depends_on: ids.slice(Math.max(0, index - 1), index) }));
    return (await worker.start(planOf(steps), { limits: { softEvents: 14 }, byReference: true })).id;
  },

  async 'hands-over-by-way-of-the-edge'(worker) {
    const steps = ['a', 'b', 'c', 'd'].map((id, index, ids) => ({ id, depends_on: ids.slice(Math.max(0, index - 1), index) }));
    return (await worker.start(planOf(steps), { limits: { softEvents: 10, argumentBytes: 100 } })).id;
  },
};
