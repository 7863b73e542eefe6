import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { COMPUTE_WORKER_OPTIONS, WAITING_WORKER_OPTIONS } from '../../worker-node/engine-options.ts';
import { stepActivityOptions } from '../../worker-node/workflows/step-activity-options.ts';

test('as many steps compute at once as there are cores, and a thousand wait', () => {
  expect(COMPUTE_WORKER_OPTIONS.maxConcurrentActivityTaskExecutions).toBe(availableParallelism());
  expect(WAITING_WORKER_OPTIONS.maxConcurrentActivityTaskExecutions).toBe(1_000);
});

test('a worker that is not heard of for ten seconds is lost, and Temporal tries nothing again by itself', () => {
  const options = stepActivityOptions({ timeout_ms: 1_000 });
  expect(options).toMatchObject({ heartbeatTimeout: '10 s', retry: { maximumAttempts: 1 } });
});
