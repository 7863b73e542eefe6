import { engineWorkflowId } from '../../shared/schemas/command.ts';
import { createNewest } from '../newest.ts';

/** Asks a running try to end; `graceful` leaves its operation the grace period to finish. A clean-up goes on. */
export type EndTry = (graceful: boolean) => void;

/** The tries that run in this process, by execution attempt. */
export interface RunningTries {
  /** Called by the runner; the returned function takes the try out again. A try that comes after the cancel is ended at once. */
  add(executionId: string, attempt: number, end: EndTry): () => void;
  /** Ends every try of the attempt, also those to come: the edge's cancel frame. What the workflow does is the stop signal's business. */
  cancel(executionId: string, attempt: number, graceful: boolean): void;
  /** Attempts with at least one running try. */
  attempts(): { execution_id: string; attempt: number }[];
}

/**
 * Cancelled attempts that are remembered. The workflow may have scheduled a step just before it hears of the stop; that is
 * a matter of seconds, so only the newest count.
 */
const REMEMBERED = 10_000;

export function createRunningTries(): RunningTries {
  // By attempt, whether gracefully.
  const cancelled = createNewest<boolean>(REMEMBERED);
  const byAttempt = new Map<string, { execution_id: string; attempt: number; tries: Set<EndTry> }>();
  return {
    add(execution_id, attempt, end) {
      const key = engineWorkflowId(execution_id, attempt);
      const entry = byAttempt.get(key) ?? { execution_id, attempt, tries: new Set() };
      byAttempt.set(key, entry);
      entry.tries.add(end);
      const graceful = cancelled.get(key);
      if (graceful !== undefined) end(graceful);
      return () => {
        entry.tries.delete(end);
        if (entry.tries.size === 0) byAttempt.delete(key);
      };
    },
    cancel(executionId, attempt, graceful) {
      const key = engineWorkflowId(executionId, attempt);
      cancelled.put(key, graceful && cancelled.get(key) !== false);
      for (const end of byAttempt.get(key)?.tries ?? []) end(graceful);
    },
    attempts: () => [...byAttempt.values()].map(({ execution_id, attempt }) => ({ execution_id, attempt })),
  };
}
