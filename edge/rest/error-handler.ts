import type { Context as HonoContext } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { AppError } from '../../shared/errors.ts';
import { errorBody, logError, toAppError } from '../trpc/error.ts';
import type { Http } from './http.ts';

/** Every error that leaves a route becomes an answer here, and nowhere else. */
export function handleError(error: unknown, c: HonoContext<Http>): Response {
  const known = toAppError(error);
  const context = c.get('context');
  logError(known, context.requestId);
  if (known.code === 'UNAUTHENTICATED') c.header('WWW-Authenticate', 'Bearer');
  // The table's statuses are all of answers that carry a body.
  return c.json({ success: false, error: errorBody(known, context) }, known.status as ContentfulStatusCode);
}

export function handleNotFound(c: HonoContext<Http>): Response {
  return handleError(new AppError('NOT_FOUND', `there is no ${c.req.path}; see /docs`), c);
}
