import type { Replayable } from '../services/idempotency.ts';
import type { Context } from './context.ts';

type Answering = Pick<Context, 'responseHeaders' | 'responseStatus'>;

/** The answer itself; header and status say when an earlier request came with the same Idempotency-Key. */
export function markReplay<T>(ctx: Answering, { answer, replayed }: Replayable<T>): T {
  if (replayed) {
    ctx.responseHeaders.set('Idempotent-Replayed', 'true');
    ctx.responseStatus.value = replayed.status;
  }
  return answer;
}
