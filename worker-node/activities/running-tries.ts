/** Ends one running try: `graceful` leaves its operation the grace period to finish. */
export type EndTry = (how: { graceful: boolean; code: 'CANCELLED' | 'WITHDRAWN' }) => void;

/** The tries that run in this process, by execution attempt. */
export interface RunningTries {
  /** Called by the runner; the returned function takes the try out again. */
  add(executionId: string, attempt: number, end: EndTry): () => void;
  /** For the edge's cancel frame: ends every running try of the attempt. Workflow and stop command are left to others. */
  cancel(executionId: string, attempt: number, graceful: boolean): void;
  /** Attempts with at least one running try: they live here. */
  attempts(): { execution_id: string; attempt: number }[];
}

export function createRunningTries(): RunningTries {
  const byAttempt = new Map<string, { execution_id: string; attempt: number; ends: Set<EndTry> }>();
  return {
    add(executionId, attempt, end) {
      const key = `${executionId}.${attempt}`;
      const entry = byAttempt.get(key) ?? { execution_id: executionId, attempt, ends: new Set() };
      byAttempt.set(key, entry);
      entry.ends.add(end);
      return () => {
        entry.ends.delete(end);
        if (entry.ends.size === 0 && byAttempt.get(key) === entry) byAttempt.delete(key);
      };
    },
    cancel(executionId, attempt, graceful) {
      for (const end of byAttempt.get(`${executionId}.${attempt}`)?.ends ?? []) end({ graceful, code: 'CANCELLED' });
    },
    attempts: () => [...byAttempt.values()].map(({ execution_id, attempt }) => ({ execution_id, attempt })),
  };
}
