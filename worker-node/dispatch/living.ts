import { engineWorkflowId } from '../../shared/schemas/command.ts';
import type { EngineReach } from '../../shared/schemas/plugin.ts';
import type { PostLivingInput } from '../../shared/schemas/update.ts';
import type { WorkflowSightings } from '../activities/deps.ts';
import { describeError, type Logger } from '../logger.ts';
import { pause } from '../pause.ts';
import type { EdgeClient } from './edge-client.ts';

type LivingExecution = PostLivingInput['executions'][number];

export interface LivingOptions {
  workerId: string;
  edge: Pick<EdgeClient, 'postLiving'>;
  /** Attempts with a running try here. */
  running(): readonly { execution_id: string; attempt: number }[];
  probeEngine(): Promise<EngineReach>;
  logger: Logger;
}

export interface Living extends WorkflowSightings {
  /** Tells the edge what lives here: everything with a running try, or with a workflow task since the last report. */
  report(): Promise<void>;
}

/** The edge takes at most this many per request. */
const PAGE = 10_000;

/** Keeps the edge's watchdog quiet about executions that live in this worker. */
export function createLiving({ workerId, edge, running, probeEngine, logger }: LivingOptions): Living {
  let sightings = new Map<string, LivingExecution>();
  return {
    seen(execution_id, attempt, quietUntil) {
      sightings.set(engineWorkflowId(execution_id, attempt), {
        execution_id,
        attempt,
        ...(quietUntil && { quiet_until: quietUntil }),
      });
    },
    async report() {
      const engine = await probeEngine();
      // A running try speaks for itself: it is expected to go on, whatever the workflow announced before.
      for (const { execution_id, attempt } of running()) {
        sightings.set(engineWorkflowId(execution_id, attempt), { execution_id, attempt });
      }
      const reported = sightings;
      const executions = [...reported.values()];
      sightings = new Map();
      try {
        // An empty list says that the worker itself lives.
        for (let start = 0; start === 0 || start < executions.length; start += PAGE) {
          await edge.postLiving({ worker_id: workerId, engine, executions: executions.slice(start, start + PAGE) });
        }
      } catch (error) {
        // A workflow that waits is seen once: it is told of again. What was seen since is newer.
        sightings = new Map([...reported, ...sightings]);
        logger.debug('cannot report living executions', { error: describeError(error) });
      }
    },
  };
}

/** Reports every `everyMs` (default 10,000) until the signal is aborted. */
export async function reportLiving(
  living: Pick<Living, 'report'>,
  signal: AbortSignal,
  everyMs = 10_000,
): Promise<void> {
  while (!signal.aborted) {
    await living.report();
    await pause(everyMs, signal);
  }
}
