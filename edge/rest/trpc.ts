import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import type { Context as HonoContext } from 'hono';
import { LIMITS } from '../../shared/limits.ts';
import { logError, toAppError } from '../trpc/error.ts';
import { appRouter } from '../trpc/router.ts';
import type { Http } from './http.ts';
import { parseJson } from './parse-json.ts';
import { readText } from './read-body.ts';

export const TRPC_ENDPOINT = '/trpc';

/** Serves tRPC. Bodies pass the same checks as those of REST before tRPC parses them. */
export async function serveTrpc(c: HonoContext<Http>): Promise<Response> {
  const ctx = c.get('context');
  return fetchRequestHandler({
    endpoint: TRPC_ENDPOINT,
    req: await checked(c.req.raw),
    router: appRouter,
    maxBatchSize: LIMITS.trpcBatch,
    createContext: () => ctx,
    responseMeta: () => ({ headers: new Headers(ctx.responseHeaders) }),
    onError: ({ error }) => logError(toAppError(error), ctx.requestId),
  });
}

async function checked(request: Request): Promise<Request> {
  if (request.method !== 'POST') return request;
  const text = await readText(request);
  if (text !== '') parseJson(text);
  return new Request(request.url, { method: 'POST', headers: request.headers, body: text });
}
