import type { Env } from '../env.ts';
import type { Context } from '../trpc/context.ts';

/** What every hono route of the edge finds: bindings, and the request's context under `c.get('context')`. */
export interface Http {
  Bindings: Env;
  Variables: { context: Context };
}
