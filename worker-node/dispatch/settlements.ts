import { engineWorkflowId } from '../../shared/schemas/command.ts';
import { createNewest } from '../newest.ts';
import type { Settlement } from './segment.ts';

/** Attempts remembered; an older one is merely asked about again. */
const REMEMBERED = 50_000;

/** What the edge last said of each attempt's run in this process, and who waits to hear it. */
export interface Settlements {
  settled(executionId: string, attempt: number, settlement: Settlement): void;
  known(executionId: string, attempt: number): Settlement | undefined;
  /** Resolves with the next settlement. Rejects with the signal's reason when that comes first. */
  next(executionId: string, attempt: number, signal?: AbortSignal): Promise<Settlement>;
}

export function createSettlements(): Settlements {
  const known = createNewest<Settlement>(REMEMBERED);
  const waiting = new Map<string, Set<(settlement: Settlement) => void>>();
  return {
    settled(executionId, attempt, settlement) {
      const key = engineWorkflowId(executionId, attempt);
      known.put(key, settlement);
      const resolvers = waiting.get(key);
      waiting.delete(key);
      for (const resolve of resolvers ?? []) resolve(settlement);
    },
    known: (executionId, attempt) => known.get(engineWorkflowId(executionId, attempt)),
    next(executionId, attempt, signal) {
      const key = engineWorkflowId(executionId, attempt);
      return new Promise((resolve, reject) => {
        const resolvers = waiting.get(key) ?? new Set();
        waiting.set(key, resolvers.add(settle));
        signal?.addEventListener('abort', giveUp, { once: true });
        if (signal?.aborted) giveUp();
        function settle(settlement: Settlement): void {
          signal?.removeEventListener('abort', giveUp);
          resolve(settlement);
        }
        function giveUp(): void {
          resolvers.delete(settle);
          if (resolvers.size === 0 && waiting.get(key) === resolvers) waiting.delete(key);
          reject(signal?.reason);
        }
      });
    },
  };
}
