import type { Timers } from '../timers.ts';

/** Nobody mentioned the execution for this long: its worker is asked. */
const SILENCE_MS = 30_000;
/** Longest pause between two questions. */
const LONGEST_PAUSE_MS = 600_000;
/** A mention moves the timer only when that changes it by more than this: one row per 15 s, not one per update. */
const SLACK_MS = 15_000;

/** Watches over an execution that has not ended, through the timer `watchdog`; its count is the unanswered questions. */
export interface Watchdog {
  /** The execution was heard of; `quietUntil`: nothing is to be expected of it before then. Milliseconds since 1970. */
  mention(now: number, quietUntil: number | null): void;
  /** The timer fired, after `unanswered` questions: the caller asks once more. */
  bark(now: number, unanswered: number): void;
  stop(): void;
}

export function createWatchdog(timers: Pick<Timers<'watchdog'>, 'get' | 'set' | 'clear'>): Watchdog {
  return {
    mention(now, quietUntil) {
      const target = Math.max(now, quietUntil ?? 0) + SILENCE_MS;
      const timer = timers.get('watchdog');
      if (timer === null || timer.count > 0 || Math.abs(timer.at - target) > SLACK_MS) timers.set('watchdog', target);
    },
    bark(now, unanswered) {
      const pause = Math.min(SILENCE_MS * 2 ** unanswered, LONGEST_PAUSE_MS);
      timers.set('watchdog', now + pause, unanswered + 1);
    },
    stop: () => timers.clear('watchdog'),
  };
}
