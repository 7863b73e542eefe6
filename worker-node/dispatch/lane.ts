import { clip } from '../../shared/domain/clip.ts';
import { AppError } from '../../shared/errors.ts';
import { backoffMs } from '../backoff.ts';
import { describeError, type Logger } from '../logger.ts';
import { isRefusal } from '../refusal.ts';
import type { EdgeClient } from './edge-client.ts';
import type { EdgeOutage } from './edge-outage.ts';
import { createLaneQueue, type Portion } from './lane-queue.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { Pace } from './pace.ts';
import { requestBody, type Segment, type Settlement } from './segment.ts';
import type { SpillLane } from './spill.ts';

/** The edge takes at most this many batches per request … */
const MAX_BATCHES = 1_000;
/** … and 8 MiB: half of it is surely met, whatever the batches' ids add. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Segments per request; fewer after a failure, to find the one that causes it. */
const MAX_WIDTH = 4_096;
/** Until the next request after the edge failed, and until an attempt's next after the edge answered `retry`. */
const BACKOFF = { firstMs: 100, maxMs: 5_000 };

export interface Lane {
  add(segment: Segment): void;
  /** What was added last is to leave as soon as may be. */
  hurry(): void;
  /** Forgets a segment that nobody waits for any more; one that is under way may still arrive, but is not sent again. */
  abandon(segment: Segment): void;
  /** True when something of the attempt's run is in memory, so that an answer for it will come. */
  holdsOfRun(executionId: string, attempt: number): boolean;
  /** Sends what is in memory until all of it was sent once or the edge fails. Nothing must be added any more. */
  drain(): Promise<void>;
  /** Ends the lane; answers what is neither posted nor in the spill file. */
  stop(): Segment[];
}

export interface LaneDeps {
  workerId: string;
  edge: Pick<EdgeClient, 'postUpdates'>;
  spill: SpillLane;
  memory: MemoryBudget;
  outage: EdgeOutage;
  logger: Logger;
  pace: Pace;
  /** Called with every answer that says whether a run of the attempt is wanted. */
  onSettled(executionId: string, attempt: number, settlement: Settlement): void;
}

/** How long the first update waits for others: a step that ends and the next that starts make one request. */
const GATHER_MS = 4;

/**
 * One lane of the poster: one request at a time, with the front of every queue that is ready. Order is kept per attempt;
 * an attempt that the edge asks to repeat rests alone; a request that hangs holds up this lane only.
 */
export function createLane(deps: LaneDeps): Lane {
  const { spill, memory, logger, pace } = deps;
  const queue = createLaneQueue(arm);
  let width = MAX_WIDTH;
  let failures = 0;
  let notBefore = 0;
  let sending = false;
  let armed: NodeJS.Timeout | undefined;
  // Somebody waits for an answer: others are not waited for.
  let hurried = false;
  let onDrained: (() => void) | undefined;
  let stopped = false;
  // Somebody waits for them, and the file holds what comes before them.
  let behindFile: Segment[] = [];

  function arm(): void {
    if (sending || stopped || armed) return;
    if (!queue.ready() && !onDrained && spill.unread() > 0) readFile();
    if (!queue.ready()) return;
    const now = performance.now();
    const gather = hurried ? 0 : GATHER_MS;
    const delay = onDrained ? 0 : Math.max(gather, pace.delay(now), notBefore - now);
    armed = setTimeout(send, delay);
  }

  function readFile(): void {
    for (const segment of spill.read(MAX_BYTES)) push(segment);
    const waiting = behindFile;
    behindFile = waiting.filter(isBehindFile);
    for (const segment of waiting) if (!isBehindFile(segment)) push(segment);
  }

  const isBehindFile = ({ executionId, attempt }: Segment): boolean => spill.holds(executionId, attempt);

  function push(segment: Segment): void {
    memory.take(segment.bytes);
    queue.push(segment);
  }

  function free(segments: readonly Segment[]): void {
    for (const segment of segments) memory.give(segment.bytes);
    spill.remove(segments.flatMap((segment) => segment.rowId ?? []));
  }

  async function send(): Promise<void> {
    armed = undefined;
    sending = true;
    hurried = false;
    pace.began(performance.now());
    const portions = queue.take({ batches: MAX_BATCHES, segments: width, bytes: MAX_BYTES });
    try {
      if (portions.length > 0) await post(portions);
      width = Math.min(MAX_WIDTH, width * 2);
      failures = 0;
    } catch (error) {
      if (!stopped) failed(portions, error);
    }
    sending = false;
    if (onDrained && (failures > 0 || !queue.ready())) onDrained();
    else arm();
  }

  async function post(portions: readonly Portion[]): Promise<void> {
    const answers = await deps.edge.postUpdates(requestBody(deps.workerId, portions));
    if (answers.length !== portions.length) {
      throw new AppError('INTERNAL', `the edge answered ${answers.length} of ${portions.length} batches`);
    }
    if (stopped) return;
    deps.outage.ended();
    for (const [index, portion] of portions.entries()) {
      const answer = answers[index];
      if (answer === 'ok' || answer === 'gone') settle(portion, answer);
      else free(queue.rest(portion, (retries) => backoffMs(BACKOFF, retries)));
    }
  }

  function settle(portion: Portion, settlement: Settlement): void {
    const settled = settlement === 'gone' ? queue.removeLine(portion) : queue.remove(portion);
    free(settled);
    for (const segment of settled) segment.waiter?.resolve(settlement);
    if (settlement === 'gone' || settled.some(({ ofRun }) => ofRun))
      deps.onSettled(portion.executionId, portion.attempt, settlement);
  }

  function failed(portions: readonly Portion[], error: unknown): void {
    if (isRefusal(error)) {
      // One of them is such that the edge will never take it: halving finds it.
      const count = portions.reduce((sum, portion) => sum + portion.segments.length, 0);
      width = Math.max(1, Math.floor(count / 2));
      for (const portion of portions) count === 1 ? drop(portion, error) : free(queue.putBack(portion));
      return;
    }
    // One of them may be the cause: the others go first, and few at once until a request succeeds.
    for (const portion of portions) free(queue.putLast(portion));
    width = 1;
    failures += 1;
    notBefore = performance.now() + backoffMs(BACKOFF, failures);
    deps.outage.failed(error);
  }

  function drop(portion: Portion, error: AppError): void {
    const dropped = queue.remove(portion);
    free(dropped);
    for (const segment of dropped) segment.waiter?.reject(error);
    logger.error('the edge refuses an update for good: it is dropped', {
      execution_id: portion.executionId,
      attempt: portion.attempt,
      error: describeError(error),
      updates: dropped.map((segment) => clip(segment.updates, 500, '…')).join(),
    });
  }

  // What an earlier process left in the file.
  arm();

  return {
    add(segment) {
      // Behind what is on disk already, so that order is kept.
      const waiting = spill.unread();
      if (segment.waiter && isBehindFile(segment)) behindFile.push(segment);
      else if (segment.waiter || (waiting === 0 && !memory.full())) push(segment);
      else {
        if (waiting === 0) logger.warn('memory for updates is full: what comes now waits in the spill file');
        spill.append(segment);
      }
      arm();
    },
    hurry() {
      hurried = true;
      clearTimeout(armed);
      armed = undefined;
      arm();
    },
    abandon(segment) {
      delete segment.waiter;
      behindFile = behindFile.filter((other) => other !== segment);
      if (queue.abandon(segment)) free([segment]);
    },
    holdsOfRun: queue.holdsOfRun,
    drain() {
      return new Promise((resolve) => {
        onDrained = resolve;
        clearTimeout(armed);
        armed = undefined;
        if (!sending && !queue.ready()) resolve();
        else arm();
      });
    },
    stop() {
      stopped = true;
      clearTimeout(armed);
      for (const segment of behindFile) spill.append(segment);
      return queue.close().filter((segment) => segment.rowId === undefined);
    },
  };
}
