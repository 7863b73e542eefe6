import type { Context as HonoContext } from 'hono';
import type { Scope } from '../../shared/schemas/api-key.ts';
import type { Caller } from '../services/caller.ts';
import type { Http } from './http.ts';

/** How long a key that was found good is taken for good: a revoked one works this much longer. */
const REMEMBER_MS = 10_000;
const MOST_KEYS = 1_000;

/**
 * Authorizes requests that come many times a second with the same few keys, without a query for each. Only keys that
 * were accepted are remembered.
 */
export function rememberCaller(scope: Scope): (c: HonoContext<Http>) => Promise<Caller> {
  const known = new Map<string, { caller: Caller; until: number }>();

  return async (c) => {
    const header = c.req.header('authorization') ?? '';
    const now = Date.now();
    const remembered = known.get(header);
    if (remembered && remembered.until > now) return remembered.caller;
    const caller = await c.get('context').authorize(scope);
    if (known.size >= MOST_KEYS) known.clear();
    if (header !== '') known.set(header, { caller, until: now + REMEMBER_MS });
    return caller;
  };
}
