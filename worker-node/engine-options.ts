import { availableParallelism } from 'node:os';
import type { WorkerOptions } from '@temporalio/worker';

/**
 * On both queues: a restart of Temporal must fit between a heartbeat and the timeout of 10 s. It is also how late a running
 * step may learn of a stop when the word over the dispatch socket is lost.
 */
const HEARTBEATS = { maxHeartbeatThrottleInterval: '3 s' } as const;

/** How the worker runs inside Temporal, for the queue of workflows and waiting steps … */
export const WAITING_WORKER_OPTIONS = {
  maxConcurrentActivityTaskExecutions: 1_000,
  maxConcurrentLocalActivityExecutions: 200,
  ...HEARTBEATS,
  // How long the work of a worker that died waits for it before another one takes it.
  stickyQueueScheduleToStartTimeout: '5 s',
} as const satisfies Partial<WorkerOptions>;

/** … and for the queue of steps that keep a core busy. */
export const COMPUTE_WORKER_OPTIONS = {
  ...HEARTBEATS,
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
