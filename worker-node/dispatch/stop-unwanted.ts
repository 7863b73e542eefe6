import { backoffMs } from '../backoff.ts';
import type { Logger } from '../logger.ts';
import { pause } from '../pause.ts';
import { engineFailure } from './engine-error.ts';
import type { TemporalGateway } from './temporal-gateway.ts';

export interface StopUnwantedDeps {
  gateway: Pick<TemporalGateway, 'stop'>;
  /** Ends what runs here of the attempt. */
  cancel(executionId: string, attempt: number, graceful: boolean): void;
  logger: Logger;
  /** Ends the attempts to stop. */
  signal: AbortSignal;
}

const BACKOFF = { firstMs: 1_000, maxMs: 60_000 };

/** Ends a run that the edge does not want: its start was withdrawn, or its execution is unknown there. */
export function createStopUnwanted({ gateway, cancel, logger, signal }: StopUnwantedDeps) {
  return async (executionId: string, attempt: number): Promise<void> => {
    logger.warn('the edge does not want this run: it is ended', { execution_id: executionId, attempt });
    cancel(executionId, attempt, false);
    const stop = {
      command_id: 'unwanted',
      reason: 'not wanted by the edge',
      graceful: false,
      cleanup_resources: true,
      // They are filed under the execution, whose other attempts may own them.
      save_partial_results: true,
    };
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        await gateway.stop(executionId, attempt, stop);
        return;
      } catch (error) {
        logger.warn('cannot end an unwanted run yet', { execution_id: executionId, ...engineFailure(error) });
        await pause(backoffMs(BACKOFF, failures), signal);
      }
    }
  };
}
