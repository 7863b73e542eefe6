import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after `ms` milliseconds, or as soon as the signal is aborted. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  // It rejects for no other reason.
  sleep(ms, undefined, { signal }).catch(() => undefined);
