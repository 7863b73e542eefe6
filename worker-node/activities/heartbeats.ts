import type { Context } from '@temporalio/activity';

/** Well below the heartbeat timeout of 10 s, which is how fast a lost worker is noticed. */
const INTERVAL_MS = 3_000;

/** Keeps activities alive with one timer for all of them. */
export interface Heartbeats {
  /** Heartbeats for an activity until the returned function is called. */
  start(activity: Pick<Context, 'heartbeat'>): () => void;
}

export function createHeartbeats(): Heartbeats {
  const beating = new Set<Pick<Context, 'heartbeat'>>();
  let timer: NodeJS.Timeout | undefined;
  const beat = () => {
    for (const activity of beating) activity.heartbeat();
  };
  return {
    start(activity) {
      beating.add(activity);
      timer ??= setInterval(beat, INTERVAL_MS).unref();
      return () => {
        beating.delete(activity);
        if (beating.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
