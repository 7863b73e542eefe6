import { engineWorkflowId } from '../../shared/schemas/command.ts';

/** Asks a running try to end; `graceful` leaves its operation the grace period to finish. A clean-up goes on. */
export type EndTry = (graceful: boolean) => void;

/** The tries that run in this process, by execution attempt. */
export interface RunningTries {
  /** Called by the runner; the returned function takes the try out again. */
  add(executionId: string, attempt: number, end: EndTry): () => void;
  /** Ends every running try of the attempt: the edge's cancel frame. What the workflow does is the stop signal's business. */
  cancel(executionId: string, attempt: number, graceful: boolean): void;
  /** Attempts with at least one running try. */
  attempts(): { execution_id: string; attempt: number }[];
}

export function createRunningTries(): RunningTries {
  const byAttempt = new Map<string, { execution_id: string; attempt: number; tries: Set<EndTry> }>();
  return {
    add(execution_id, attempt, end) {
      const key = engineWorkflowId(execution_id, attempt);
      const entry = byAttempt.get(key) ?? { execution_id, attempt, tries: new Set() };
      byAttempt.set(key, entry);
      entry.tries.add(end);
      return () => {
        entry.tries.delete(end);
        if (entry.tries.size === 0) byAttempt.delete(key);
      };
    },
    cancel(executionId, attempt, graceful) {
      for (const end of byAttempt.get(engineWorkflowId(executionId, attempt))?.tries ?? []) end(graceful);
    },
    attempts: () => [...byAttempt.values()].map(({ execution_id, attempt }) => ({ execution_id, attempt })),
  };
}
