import { getTRPCErrorShape } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import type { Context as HonoContext } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { AppError } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';
import { logError, toAppError, toTrpcError } from '../trpc/error.ts';
import { appRouter } from '../trpc/router.ts';
import { queryOf } from './address.ts';
import type { Http } from './http.ts';
import { parseJson } from './parse-json.ts';
import { readJsonText } from './read-body.ts';

export const TRPC_ENDPOINT = '/trpc';

/** Serves tRPC. Bodies, and inputs in addresses, pass the same checks as those of REST before tRPC parses them. */
export async function serveTrpc(c: HonoContext<Http>): Promise<Response> {
  const ctx = c.get('context');
  let req: Request;
  try {
    req = await checked(c.req.raw);
  } catch (error) {
    return refuse(c, error);
  }
  let early: unknown;
  const answer = await fetchRequestHandler({
    endpoint: TRPC_ENDPOINT,
    req,
    router: appRouter,
    maxBatchSize: LIMITS.trpcBatch,
    createContext: () => ctx,
    responseMeta: () => ({ headers: new Headers(ctx.responseHeaders) }),
    onError: ({ error, ctx: given }) => {
      if (given) logError(toAppError(error), ctx.requestId);
      else early = error;
    },
  });
  // Before it asks for the context tRPC refuses requests (a batch too large, say) on its own, without request id and link.
  return early === undefined ? answer : refuse(c, early);
}

async function checked(request: Request): Promise<Request> {
  const query = queryOf(request.url);
  if (request.method !== 'POST') {
    const input = query.get('input');
    if (input) parseJson(input);
    return request;
  }
  assertKeyOfOne(request);
  const text = await readJsonText(request);
  if (text !== '') parseJson(text);
  return new Request(request.url, { method: 'POST', headers: request.headers, body: text });
}

/** Refuses a batch under one Idempotency-Key: of two equal operations in it, the second would be taken for the first again. */
function assertKeyOfOne({ url, headers }: Request): void {
  const { pathname, searchParams } = new URL(url);
  const isBatch = searchParams.get('batch') === '1' && /,|%2c/i.test(pathname);
  if (isBatch && headers.has('idempotency-key'))
    throw new AppError('VALIDATION_ERROR', 'an Idempotency-Key is for one operation: send each of the batch by itself');
}

/** An error about the request as a whole, as tRPC shows errors. */
function refuse(c: HonoContext<Http>, cause: unknown): Response {
  const known = toAppError(cause);
  const ctx = c.get('context');
  logError(known, ctx.requestId);
  const shape = getTRPCErrorShape({
    config: appRouter._def._config,
    ctx,
    error: toTrpcError(known),
    input: undefined,
    path: c.req.path.slice(TRPC_ENDPOINT.length + 1),
    type: 'unknown',
  });
  return c.json({ error: shape }, known.status as ContentfulStatusCode);
}
