import { drizzle } from 'drizzle-orm/d1';
import type { Context as HonoContext } from 'hono';
import { DEFAULT_WORKSPACE } from '../repositories/database.ts';
import { listWorkers } from '../repositories/workers.ts';
import { liveWorkers } from '../services/catalogue.ts';
import type { Http } from './http.ts';

/** Whether the process answers at all. */
export const serveHealth = (c: HonoContext<Http>): Response => c.json({ status: 'ok' });

/**
 * What works right now. 200 while the edge serves, with the parts that do not work named; 503 only without D1, which
 * every request needs. The engine is judged by the workers, the only ones that speak to it.
 */
export async function serveReadiness(c: HonoContext<Http>): Promise<Response> {
  const { now, requestId } = c.get('context');
  try {
    const workers = liveWorkers(await listWorkers(drizzle(c.env.DB), DEFAULT_WORKSPACE), now);
    const part = workers.length > 0 ? { status: 'ok' } : { status: 'degraded', detail: 'no worker is connected' };
    return c.json({
      status: part.status,
      parts: { database: { status: 'ok' }, workers: { ...part, connected: workers.length }, engine: part },
    });
  } catch (error) {
    console.error(`request ${requestId}: D1 is down:`, error);
    const unknown = { status: 'unknown' };
    return c.json({ status: 'down', parts: { database: { status: 'down' }, workers: unknown, engine: unknown } }, 503);
  }
}
