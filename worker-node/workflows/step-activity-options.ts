import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import { GRACE_MS } from './run-limits.ts';

export const HEARTBEAT_TIMEOUT = '10 s';
/**
 * An unreachable edge holds a try up before it starts (confirmation) and after it ended (upload of a large output). The
 * runner enforces the step's timeout; the engine must not redo a try that only waits to be told.
 */
const EDGE_OUTAGE_MS = 7 * 86_400_000;

/** How the engine treats the activities of one step; run-pipeline counts the tries, so each is scheduled once. */
export const stepActivityOptions = (step: { timeout_ms: number }): ActivityOptions => ({
  startToCloseTimeout: step.timeout_ms + GRACE_MS + EDGE_OUTAGE_MS,
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { maximumAttempts: 1 },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});
