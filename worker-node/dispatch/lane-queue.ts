import { engineWorkflowId } from '../../shared/schemas/command.ts';
import type { Batch, Segment } from './segment.ts';

/** What waits of one attempt. */
interface Line {
  executionId: string;
  attempt: number;
  segments: Segment[];
  /** Segments at the front that are in the request under way. */
  inFlight: number;
  /** `retry` answers in a row. */
  retries: number;
  /** Runs while it is left out of requests. */
  rest: NodeJS.Timeout | undefined;
}

/** The front of one attempt's queue, taken for a request. */
export interface Portion extends Batch {
  line: Line;
}

export interface PortionLimits {
  batches: number;
  segments: number;
  bytes: number;
}

/** A queue per attempt, and the order in which attempts take part in requests. At most one request is under way. */
export interface LaneQueue {
  push(segment: Segment): void;
  /** True when a request could be made. */
  ready(): boolean;
  /** Fronts of queues for one request, within the limits, at least one segment. To be ended by one of the next five per portion. */
  take(limits: PortionLimits): Portion[];
  /** The portion is done: removes and answers it. */
  remove(portion: Portion): Segment[];
  /** The attempt is done: removes and answers all that waits of it. */
  removeLine(portion: Portion): Segment[];
  /**
   * The attempt takes no part until `delayMs(retries in a row)` have passed; then `onReady`. This one and the next two remove
   * and answer what was abandoned of the portion.
   */
  rest(portion: Portion, delayMs: (retries: number) => number): Segment[];
  /** The portion stays where it is. */
  putBack(portion: Portion): Segment[];
  /** The portion stays in front of its queue, all others go before it. */
  putLast(portion: Portion): Segment[];
  /** Removes a segment at once, or with the end of its request: answers whether it is removed now. */
  abandon(segment: Segment): boolean;
  /** True when something of the attempt's run is here that stays until it is answered. */
  holdsOfRun(executionId: string, attempt: number): boolean;
  /** Ends all rests; answers everything that is here. */
  close(): Segment[];
}

export function createLaneQueue(onReady: () => void): LaneQueue {
  const lines = new Map<string, Line>();
  // Not resting, in the order of sending.
  const ready = new Set<Line>();
  // In the request under way, and of no use to anybody when that fails.
  const abandoned = new WeakSet<Segment>();

  const keyOf = ({ executionId, attempt }: { executionId: string; attempt: number }): string =>
    engineWorkflowId(executionId, attempt);

  function cut(line: Line, count: number): Segment[] {
    const removed = line.segments.splice(0, count);
    line.inFlight = 0;
    line.retries = 0;
    forgetIfEmpty(line);
    return removed;
  }

  /** Ends the request without an answer for the portion. */
  function keep({ line }: Portion): Segment[] {
    const dropped = line.segments.slice(0, line.inFlight).filter((segment) => abandoned.has(segment));
    if (dropped.length > 0) line.segments = line.segments.filter((segment) => !abandoned.has(segment));
    line.inFlight = 0;
    return dropped;
  }

  function forgetIfEmpty(line: Line): void {
    if (line.segments.length > 0) return;
    clearTimeout(line.rest);
    ready.delete(line);
    lines.delete(keyOf(line));
  }

  return {
    push(segment) {
      const key = keyOf(segment);
      let line = lines.get(key);
      if (!line) {
        const { executionId, attempt } = segment;
        line = { executionId, attempt, segments: [], inFlight: 0, retries: 0, rest: undefined };
        lines.set(key, line);
      }
      line.segments.push(segment);
      if (!line.rest) ready.add(line);
    },
    ready: () => ready.size > 0,
    take(limits) {
      const portions: Portion[] = [];
      let count = 0;
      let bytes = 0;
      for (const line of ready) {
        if (portions.length >= limits.batches) break;
        const start = count;
        for (const segment of line.segments) {
          const full = count >= limits.segments || bytes + segment.bytes > limits.bytes;
          if (full && count > 0) break;
          count += 1;
          bytes += segment.bytes;
        }
        if (count === start) break;
        line.inFlight = count - start;
        const { executionId, attempt } = line;
        portions.push({ executionId, attempt, segments: line.segments.slice(0, line.inFlight), line });
      }
      return portions;
    },
    remove: ({ line }) => cut(line, line.inFlight),
    removeLine: ({ line }) => cut(line, line.segments.length),
    rest(portion, delayMs) {
      const { line } = portion;
      const dropped = keep(portion);
      line.retries += 1;
      ready.delete(line);
      const wake = (): void => {
        line.rest = undefined;
        ready.add(line);
        onReady();
      };
      line.rest = setTimeout(wake, delayMs(line.retries)).unref();
      forgetIfEmpty(line);
      return dropped;
    },
    putBack(portion) {
      const dropped = keep(portion);
      forgetIfEmpty(portion.line);
      return dropped;
    },
    putLast(portion) {
      const { line } = portion;
      const dropped = keep(portion);
      ready.delete(line);
      ready.add(line);
      forgetIfEmpty(line);
      return dropped;
    },
    abandon(segment) {
      const line = lines.get(keyOf(segment));
      const index = line?.segments.indexOf(segment) ?? -1;
      if (!line || index < 0) return false;
      if (index < line.inFlight) {
        abandoned.add(segment);
        return false;
      }
      line.segments.splice(index, 1);
      forgetIfEmpty(line);
      return true;
    },
    holdsOfRun(executionId, attempt) {
      const line = lines.get(engineWorkflowId(executionId, attempt));
      return line?.segments.some((segment) => segment.ofRun && !segment.waiter && !abandoned.has(segment)) ?? false;
    },
    close() {
      for (const line of lines.values()) clearTimeout(line.rest);
      return [...lines.values()].flatMap((line) => line.segments);
    },
  };
}
