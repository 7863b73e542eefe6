export interface Backoff {
  /** Milliseconds before the first repetition; doubled for each further one, up to `maxMs`. */
  firstMs: number;
  maxMs: number;
}

/** Milliseconds to wait after the `failures`-th failure in a row (from 1): half of it fixed, half random, so that many do not come back at once. */
export function backoffMs({ firstMs, maxMs }: Backoff, failures: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return full / 2 + (Math.random() * full) / 2;
}
