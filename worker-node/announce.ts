import type { WorkerAnnouncement } from '../shared/schemas/plugin.ts';
import { backoffMs } from './backoff.ts';
import type { EdgeClient } from './dispatch/edge-client.ts';
import { describeError, type Logger } from './logger.ts';
import { pause } from './pause.ts';

const BACKOFF = { firstMs: 100, maxMs: 5_000 };

export interface AnnounceDeps {
  edge: Pick<EdgeClient, 'announce'>;
  logger: Logger;
  signal: AbortSignal;
}

/** Announces the worker, however long the edge is away. Answers the shards to dial; null when the signal is aborted first. */
export async function announce(
  announcement: WorkerAnnouncement,
  { edge, logger, signal }: AnnounceDeps,
): Promise<{ shards: number } | null> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      const answer = await edge.announce(announcement);
      logger.info('announced to the edge', { pool: announcement.pool, worker_id: announcement.worker_id, ...answer });
      return answer;
    } catch (error) {
      logger.warn('cannot announce this worker to the edge yet (WF_EDGE_URL, WF_WORKER_KEY)', {
        error: describeError(error),
        failures,
      });
      await pause(backoffMs(BACKOFF, failures), signal);
    }
  }
  return null;
}
