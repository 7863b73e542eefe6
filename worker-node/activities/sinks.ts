import type { InjectedSinks } from '@temporalio/worker';
import type { PipelineSinks } from '../workflows/contract.ts';
import type { SinkDeps } from './deps.ts';

/** A snapshot may tell of 10,000 steps; posts of this many updates stay below a few megabytes. */
const UPDATES_PER_POST = 200;

/** The way out of workflow code: what it recorded and decided goes to the poster. Never called while replaying. */
export function createSinks({ poster, sightings, running }: SinkDeps): InjectedSinks<PipelineSinks> {
  return {
    updates: {
      send: {
        fn(_info, { execution_id, attempt, updates, logs }, quietUntil) {
          sightings.seen(execution_id, attempt, quietUntil);
          poster.post(execution_id, attempt, updates.slice(0, UPDATES_PER_POST), logs);
          for (let start = UPDATES_PER_POST; start < updates.length; start += UPDATES_PER_POST)
            poster.post(execution_id, attempt, updates.slice(start, start + UPDATES_PER_POST), []);
        },
      },
    },
    tries: {
      cancel: { fn: (_info, executionId, attempt, graceful) => running.cancel(executionId, attempt, graceful) },
    },
  };
}
