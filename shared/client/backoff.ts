const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/** Pause before the next try after `failures` (≥ 1) of them: doubling, with a jitter (0–1) that spreads clients by half. */
export const backoffMs = (failures: number, jitter: number): number =>
  Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS) * (0.5 + jitter / 2);

/** Resolves after `ms`, or at once when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    if (signal?.aborted) done();
  });
}
