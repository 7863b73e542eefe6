import { LIMITS } from '../../shared/limits.ts';

/** An output no larger than a reference to it is always answered as it is, and not counted: a reference would save nothing. */
export const REFERENCE_BYTES = 200;

/** Shares the bytes of inline outputs that an execution may have among its steps. */
export interface InlineBudget {
  /** Bytes that the output of the try that starts now may have and still travel in history. */
  grant(): number;
  /** Gives back what the try did not use of its grant. */
  settle(granted: number, used: number): void;
}

/** @param used bytes of the inline outputs so far. @param unstarted steps that have no grant yet. */
export function createInlineBudget(used: number, unstarted: number): InlineBudget {
  let free = Math.max(0, LIMITS.inlineOutputsTotalBytes - used);
  let left = unstarted;
  return {
    grant() {
      const share = Math.min(LIMITS.inlineOutputBytes, Math.floor(free / Math.max(1, left)));
      left--;
      if (share <= REFERENCE_BYTES) return REFERENCE_BYTES;
      free -= share;
      return share;
    },
    settle(granted, usedNow) {
      if (granted > REFERENCE_BYTES) free += granted - usedNow;
    },
  };
}
