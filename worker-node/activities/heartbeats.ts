import type { Context } from '@temporalio/activity';
import type { HeartbeatDetails } from './contract.ts';

/** Well below the heartbeat timeout of 10 s, which is how fast a lost worker is noticed. */
const INTERVAL_MS = 3_000;

/** Keeps activities alive with one timer for all of them. */
export interface Heartbeats {
  /** Heartbeats for an activity until it is stopped. */
  start(activity: Pick<Context, 'heartbeat'>): Heartbeat;
}

export interface Heartbeat {
  /** Sends these details at once, as far as the SDK's throttle lets it, and with every heartbeat from now on. Nothing once stopped. */
  carry(details: HeartbeatDetails): void;
  stop(): void;
}

export function createHeartbeats(): Heartbeats {
  const beating = new Map<Pick<Context, 'heartbeat'>, HeartbeatDetails | undefined>();
  let timer: NodeJS.Timeout | undefined;
  const beat = () => {
    // The engine keeps the details of the last heartbeat alone.
    for (const [activity, details] of beating) activity.heartbeat(details);
  };
  return {
    start(activity) {
      beating.set(activity, undefined);
      timer ??= setInterval(beat, INTERVAL_MS).unref();
      return {
        carry(details) {
          if (!beating.has(activity)) return;
          beating.set(activity, details);
          activity.heartbeat(details);
        },
        stop() {
          beating.delete(activity);
          if (beating.size > 0) return;
          clearInterval(timer);
          timer = undefined;
        },
      };
    },
  };
}
