import type { Logger } from '../logger.ts';
import { pause } from '../pause.ts';
import { engineFailure } from './engine-error.ts';
import type { Poster } from './poster.ts';
import type { TemporalGateway } from './temporal-gateway.ts';

export interface WatchClosedOptions {
  gateway: Pick<TemporalGateway, 'closedSince'>;
  poster: Pick<Poster, 'post'>;
  logger: Logger;
  /** Ends the watch. */
  signal: AbortSignal;
  /** Milliseconds between two looks. Default 10,000. */
  everyMs?: number;
}

/** The engine's list of closed runs lags behind: each look covers this much of the past again. */
const OVERLAP_MS = 60_000;
/** How far the first look goes back: a worker that was down missed it. What is older is found by reconcile. */
const FIRST_LOOK_MS = 10 * 60_000;

/** Posts the end of runs that the engine closed by itself, or somebody in its UI: their workflow code could not. */
export async function watchClosed(options: WatchClosedOptions): Promise<void> {
  const { gateway, poster, logger, signal } = options;
  // Posted runs, by when they were closed, as long as a look can meet them again.
  const posted = new Map<string, number>();
  let failed = false;
  let since = Date.now() - FIRST_LOOK_MS;
  while (!signal.aborted) {
    const lookedAt = Date.now();
    try {
      for await (const run of gateway.closedSince(new Date(since), (runId) => posted.has(runId))) {
        posted.set(run.runId, run.closedAt.getTime());
        poster.post(run.executionId, run.attempt, [run.update]);
      }
      failed = false;
      since = lookedAt - OVERLAP_MS;
      for (const [runId, closedAt] of posted) if (closedAt < since) posted.delete(runId);
    } catch (error) {
      // Said once per outage.
      logger[failed ? 'debug' : 'warn']('cannot list closed runs', { detail: engineFailure(error).detail });
      failed = true;
    }
    await pause(options.everyMs ?? 10_000, signal);
  }
}
