import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/contract.ts';
import { HEARTBEAT_TIMEOUT, stepActivityOptions } from './step-activity-options.ts';

/** Activities of one step. */
export function stepActivities(step: { timeout_ms: number }, taskQueue: string) {
  return proxyActivities<Pick<Activities, 'runStep' | 'resolveConfig'>>({
    taskQueue,
    ...stepActivityOptions(step),
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
