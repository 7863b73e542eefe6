import { AppError } from '../../shared/errors.ts';
import type { LogUpdate, Update } from '../../shared/schemas/update.ts';
import type { Logger } from '../logger.ts';
import type { EdgeClient } from './edge-client.ts';
import { createEdgeOutage } from './edge-outage.ts';
import { createLane, type Lane } from './lane.ts';
import { createMemoryBudget } from './memory-budget.ts';
import { createPace, type PaceOptions } from './pace.ts';
import { createSegment, type Settlement } from './segment.ts';
import { createSettlements } from './settlements.ts';
import { openSpill } from './spill.ts';

/**
 * Brings updates to the edge: at least once, in order per attempt, batched across executions, through outages of the edge
 * of any length. What the edge cannot take waits in memory up to a limit, then in a file that the next process goes on
 * with. Only what is in memory when the process is killed is lost here: recorded and decided facts are sent again by the
 * workflow's replay, and the final state by publish-result; log entries and progress of that moment are gone.
 */
export interface Poster {
  /** Takes them over. Never throws, never waits. */
  post(executionId: string, attempt: number, updates: readonly Update[], logs?: readonly LogUpdate[]): void;
  /**
   * Posts and waits until the edge has stored them (`ok`) or does not want them (`gone`). Throws AppError: UNAVAILABLE when
   * that takes longer than 10 s (they may arrive all the same), or whatever makes the edge refuse them for good.
   */
  publish(executionId: string, attempt: number, updates: readonly Update[]): Promise<Settlement>;
  /**
   * Whether the edge wants this attempt to run: at once when it has said so of news of the run in this process, else as soon
   * as it says so. That it took the news of a delayed start does not count: the start may have been withdrawn since.
   */
  confirm(executionId: string, attempt: number, signal?: AbortSignal): Promise<Settlement>;
  /** Posts what is in memory for at most `timeoutMs`; the rest goes to the file. Nothing must be posted after it. */
  close(timeoutMs: number): Promise<void>;
}

export interface PosterOptions {
  workerId: string;
  edge: Pick<EdgeClient, 'postUpdates'>;
  logger: Logger;
  /** Folder of the spill file. */
  spillDir: string;
  /** Called once per attempt that the edge does not want (any longer). */
  onGone(executionId: string, attempt: number): void;
  /** Bytes of updates in memory before the file is used. */
  memoryBytes: number;
  /** How far apart the requests of a lane are. */
  pace?: PaceOptions;
  /** Default 10,000. */
  publishTimeoutMs?: number;
}

/** Requests under way at once: so a slow one does not hold up everybody, and many executions still share each. */
const LANES = 2;
const PACE: PaceOptions = { leastMs: 4, mostMs: 20 };
const OUTAGE_LOG_MS = 10_000;

export function createPoster(options: PosterOptions): Poster {
  const { workerId, edge, logger } = options;
  const memory = createMemoryBudget(options.memoryBytes);
  const spill = openSpill({ dir: options.spillDir, lanes: LANES, logger });
  const settlements = createSettlements();
  const waiting = () => ({
    memory_bytes: memory.used(),
    spilled: spill.lanes.reduce((sum, lane) => sum + lane.unread(), 0),
  });
  const outage = createEdgeOutage({ logger, waiting, everyMs: OUTAGE_LOG_MS });

  function onSettled(executionId: string, attempt: number, settlement: Settlement): void {
    const news = settlements.known(executionId, attempt) !== settlement;
    settlements.settled(executionId, attempt, settlement);
    if (news && settlement === 'gone') options.onGone(executionId, attempt);
  }

  const lanes = spill.lanes.map((lane) => {
    const pace = createPace(options.pace ?? PACE);
    return createLane({ workerId, edge, spill: lane, memory, outage, logger, pace, onSettled });
  });

  function laneOf(executionId: string): Lane {
    let hash = 0;
    for (let index = 0; index < executionId.length; index += 1)
      hash = (hash * 31 + executionId.charCodeAt(index)) >>> 0;
    // `lanes` has LANES elements.
    return lanes[hash % LANES] as Lane;
  }

  return {
    post(executionId, attempt, updates, logs = []) {
      laneOf(executionId).add(createSegment({ executionId, attempt, updates, logs }));
    },
    publish(executionId, attempt, updates) {
      const segment = createSegment({ executionId, attempt, updates, logs: [] });
      const lane = laneOf(executionId);
      return new Promise<Settlement>((resolve, reject) => {
        const timer = setTimeout(() => {
          lane.abandon(segment);
          reject(new AppError('UNAVAILABLE', `the edge did not take updates of ${executionId} in time`));
        }, options.publishTimeoutMs ?? 10_000);
        const settled =
          <T>(settle: (value: T) => void) =>
          (value: T) => {
            clearTimeout(timer);
            settle(value);
          };
        segment.waiter = { resolve: settled(resolve), reject: settled(reject) };
        lane.add(segment);
        lane.hurry();
      });
    },
    confirm(executionId, attempt, signal) {
      const known = settlements.known(executionId, attempt);
      if (known) return Promise.resolve(known);
      const lane = laneOf(executionId);
      const answer = settlements.next(executionId, attempt, signal);
      if (!lane.holdsOfRun(executionId, attempt))
        lane.add(createSegment({ executionId, attempt, updates: [], logs: [] }));
      lane.hurry();
      return answer;
    },
    async close(timeoutMs) {
      let timer: NodeJS.Timeout | undefined;
      const timeUp = new Promise((resolve) => {
        timer = setTimeout(resolve, timeoutMs);
      });
      await Promise.race([timeUp, Promise.all(lanes.map((lane) => lane.drain()))]);
      clearTimeout(timer);
      for (const [index, lane] of lanes.entries()) spill.lanes[index]?.prepend(lane.stop());
      spill.close();
    },
  };
}
