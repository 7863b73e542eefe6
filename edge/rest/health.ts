import { drizzle } from 'drizzle-orm/d1';
import type { Context as HonoContext } from 'hono';
import { DEFAULT_WORKSPACE } from '../repositories/database.ts';
import { listWorkers, type WorkerRow } from '../repositories/workers.ts';
import { liveWorkers } from '../services/catalogue.ts';
import type { Http } from './http.ts';

/** Whether the process answers at all. */
export const serveHealth = (c: HonoContext<Http>): Response => c.json({ status: 'ok' });

interface Part {
  status: 'ok' | 'degraded' | 'unknown';
  detail?: string;
}

/**
 * What works right now. 200 while the edge serves, with the parts that do not work named; 503 only without D1, which
 * every request needs. Of the engine the edge knows what live workers said, the only ones that speak to it.
 */
export async function serveReadiness(c: HonoContext<Http>): Promise<Response> {
  const { now, requestId } = c.get('context');
  try {
    const workers = liveWorkers(await listWorkers(drizzle(c.env.DB), DEFAULT_WORKSPACE), now);
    const part: Part = workers.length > 0 ? { status: 'ok' } : { status: 'degraded', detail: 'no worker is connected' };
    const engine = enginePart(workers);
    return c.json({
      status: [part, engine].some(({ status }) => status === 'degraded') ? 'degraded' : 'ok',
      parts: { database: { status: 'ok' }, workers: { ...part, connected: workers.length }, engine },
    });
  } catch (error) {
    console.error(`request ${requestId}: D1 is down:`, error);
    const unknown = { status: 'unknown' };
    return c.json({ status: 'down', parts: { database: { status: 'down' }, workers: unknown, engine: unknown } }, 503);
  }
}

function enginePart(workers: readonly WorkerRow[]): Part {
  const without = workers.filter(({ engine }) => engine === 'down').length;
  if (without > 0) return { status: 'degraded', detail: `${without} of ${workers.length} workers cannot reach it` };
  if (workers.some(({ engine }) => engine === 'up')) return { status: 'ok' };
  return { status: 'unknown', detail: 'no live worker has said whether it reaches it' };
}
