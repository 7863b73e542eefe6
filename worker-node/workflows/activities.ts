import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/contract.ts';

const HEARTBEAT_TIMEOUT = '10 s';
/** What an operation has to finish once it is aborted, and the runner to say so. */
const GRACE_MS = 30_000;
/**
 * An unreachable edge holds a try up before it starts (confirmation) and after it ended (upload of a large output). The
 * runner enforces the step's timeout; the engine must not redo a try that only waits to be told.
 */
const EDGE_OUTAGE_MS = 7 * 86_400_000;

/** Activities of one step; run-pipeline counts the tries, so each is scheduled once. */
export function stepActivities(step: { timeout_ms: number }, taskQueue: string) {
  return proxyActivities<Pick<Activities, 'runStep' | 'resolveConfig'>>({
    taskQueue,
    startToCloseTimeout: step.timeout_ms + GRACE_MS + EDGE_OUTAGE_MS,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: { maximumAttempts: 1 },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
}

/** Tried again only when it is lost with its worker or out of time: a hook that fails is told, and not repeated. */
export const { cleanupStep } = proxyActivities<Pick<Activities, 'cleanupStep'>>({
  startToCloseTimeout: '2 min',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  retry: { maximumAttempts: 3 },
});

const UNTIL_DONE = { initialInterval: '200 ms', backoffCoefficient: 2, maximumInterval: '10 s' } as const;

export const { loadPlan, loadChain, removeArtifacts } = proxyActivities<
  Pick<Activities, 'loadPlan' | 'loadChain' | 'removeArtifacts'>
>({
  startToCloseTimeout: '1 min',
  retry: UNTIL_DONE,
});

type ToEdge = Pick<Activities, 'publishResult' | 'saveChain'>;

const locally = proxyLocalActivities<ToEdge>({ startToCloseTimeout: '15 s', retry: { maximumAttempts: 1 } });

const untilDone = proxyActivities<ToEdge>({ startToCloseTimeout: '1 min', retry: UNTIL_DONE });

/** Gets one page of the result to the edge, whatever it takes. */
export const publishResult: Activities['publishResult'] = (input) =>
  localFirst(
    () => locally.publishResult(input),
    () => untilDone.publishResult(input),
  );

/** Gets one page of records to the edge, whatever it takes. */
export const saveChain: Activities['saveChain'] = (input) =>
  localFirst(
    () => locally.saveChain(input),
    () => untilDone.saveChain(input),
  );

/** A local activity costs a fraction, and its input stays out of history. */
async function localFirst<T>(local: () => Promise<T>, regular: () => Promise<T>): Promise<T> {
  try {
    return await local();
  } catch {
    // The edge is away: the regular activity waits for it without holding a workflow task open.
    return regular();
  }
}
