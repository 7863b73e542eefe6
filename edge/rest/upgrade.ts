import type { Context as HonoContext } from 'hono';
import { AppError } from '../../shared/errors.ts';
import type { Http } from './http.ts';

/** Whether the request is for a WebSocket. */
export const asksForWebSocket = (c: HonoContext<Http>): boolean =>
  c.req.header('upgrade')?.toLowerCase() === 'websocket';

/** For a request that should have been one for a WebSocket; `message` says what to send. */
export function upgradeRequired(c: HonoContext<Http>, message: string): AppError {
  c.header('Upgrade', 'websocket');
  return new AppError('UPGRADE_REQUIRED', message);
}
