import { availableParallelism } from 'node:os';
import type { WorkerOptions } from '@temporalio/worker';

/** How the worker runs inside Temporal, for the queue of workflows and waiting steps … */
export const WAITING_WORKER_OPTIONS = {
  maxConcurrentActivityTaskExecutions: 1_000,
  maxConcurrentLocalActivityExecutions: 200,
  // How late a running step may learn of a stop when the word over the dispatch socket is lost.
  maxHeartbeatThrottleInterval: '3 s',
  // How long the work of a worker that died waits for it before another one takes it.
  stickyQueueScheduleToStartTimeout: '5 s',
} as const satisfies Partial<WorkerOptions>;

/** … and for the queue of steps that keep a core busy. */
export const COMPUTE_WORKER_OPTIONS = {
  maxConcurrentActivityTaskExecutions: availableParallelism(),
} as const satisfies Partial<WorkerOptions>;

/**
 * Once asked to end, the worker gives running steps this long to finish; then they are aborted, to be tried on another
 * worker, and have until the second limit to end their processes. Together under the 10 s that supervisors allow.
 */
export const SHUTDOWN_OPTIONS = {
  shutdownGraceTime: '3 s',
  shutdownForceTime: '7 s',
} as const satisfies Partial<WorkerOptions>;
