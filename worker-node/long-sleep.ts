// Node fires a timer of more than this at once.
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Resolves after `ms` milliseconds, which may be months. Rejects with the signal's reason when it is aborted before. */
export function longSleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = ms;
    let timer: NodeJS.Timeout | undefined;
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    else goOn();
    function goOn(): void {
      const next = Math.min(left, MAX_TIMER_MS);
      left -= next;
      timer = setTimeout(left > 0 ? goOn : end, next);
    }
    function end(): void {
      signal.removeEventListener('abort', giveUp);
      resolve();
    }
    function giveUp(): void {
      clearTimeout(timer);
      reject(signal.reason);
    }
  });
}
