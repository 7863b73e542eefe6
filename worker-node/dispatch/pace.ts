/**
 * When a lane's next request may begin. News of a short execution is sent almost at once; the longer a lane goes on without
 * a pause, the more travels together, since every request costs both sides the same whatever it carries.
 */
export interface Pace {
  /** Milliseconds from `now` until a request may begin. */
  delay(now: number): number;
  /** A request began. */
  began(now: number): void;
}

export interface PaceOptions {
  /** Between the starts of two requests, at first … */
  leastMs: number;
  /** … and at most, once the lane has been busy for a while. */
  mostMs: number;
}

/** By how much each request that follows another without a pause holds the next one back. */
const STEP_MS = 1;
/** A lane that had nothing to send for this long begins anew. */
const PAUSE_MS = 40;

export function createPace({ leastMs, mostMs }: PaceOptions): Pace {
  let last = Number.NEGATIVE_INFINITY;
  let spacing = leastMs;
  return {
    delay: (now) => Math.max(0, last + spacing - now),
    began(now) {
      spacing = now - last > PAUSE_MS ? leastMs : Math.min(mostMs, spacing + STEP_MS);
      last = now;
    },
  };
}
