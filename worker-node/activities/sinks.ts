import type { InjectedSinks } from '@temporalio/worker';
import type { PipelineSinks } from '../workflows/contract.ts';
import type { SinkDeps } from './deps.ts';

/** The way out of workflow code: what it recorded and decided goes to the poster. Never called while replaying. */
export function createSinks({ poster, sightings }: SinkDeps): InjectedSinks<PipelineSinks> {
  return {
    updates: {
      send: {
        fn(_info, batch, quietUntil) {
          sightings.seen(batch.execution_id, batch.attempt, quietUntil);
          poster.post(batch.execution_id, batch.attempt, batch.updates, batch.logs);
        },
      },
    },
  };
}
