import type { Replayable } from '../services/idempotency.ts';
import type { Context } from './context.ts';

/** The answer itself; the header says when it is that of an earlier request with the same Idempotency-Key. */
export function markReplay<T>(ctx: Pick<Context, 'responseHeaders'>, { answer, replayed }: Replayable<T>): T {
  if (replayed) ctx.responseHeaders.set('Idempotent-Replayed', 'true');
  return answer;
}
