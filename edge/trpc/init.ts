import { initTRPC } from '@trpc/server';
import type { ErrorCode } from '../../shared/errors.ts';
import type { Scope } from '../../shared/schemas/api-key.ts';
import type { Call } from '../services/caller.ts';
import type { Context } from './context.ts';
import { type ErrorBody, errorBody, toAppError, toTrpcError } from './error.ts';

export interface RestMeta {
  method: 'GET' | 'POST';
  /** Whole path with parameters as `{name}`. */
  path: string;
  status: 200 | 201 | 202;
}

export interface Meta {
  /** What the caller's key must be good for. */
  scope: Scope;
  rest: RestMeta;
  docs: {
    summary: string;
    /** What the summary and the fields do not say. */
    description?: string;
    tag: 'workflows' | 'executions' | 'plugins';
    /** Codes of its own, besides those that every operation may answer. */
    errors?: ErrorCode[];
    /** Codes that it answers with 503, whatever the table says: what is missing now may be there later. */
    unavailable?: ErrorCode[];
    /** Whether it takes an Idempotency-Key. */
    idempotent?: true;
  };
}

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    isDev: false,
    errorFormatter({ shape, error, ctx }): typeof shape & { data: { error: ErrorBody } } {
      // Without a context the answer is not sent as it is, see serveTrpc.
      const request = ctx ?? { requestId: '', origin: '' };
      return { ...shape, data: { ...shape.data, error: errorBody(toAppError(error), request) } };
    },
  });

export const router = t.router;

const translateErrors = t.middleware(async ({ next }) => {
  const result = await next();
  if (!result.ok) throw toTrpcError(toAppError(result.error));
  return result;
});

/** One operation of the API, in both protocols. The caller's scope is checked before the input is read. */
export const operation = (meta: Meta) =>
  t.procedure
    .meta(meta)
    .use(translateErrors)
    .use(async ({ ctx, next }) => {
      const { now, requestId, traceId, idempotencyKey } = ctx;
      const caller = await ctx.authorize(meta.scope);
      const { status } = meta.rest;
      const call: Call = { caller, now, requestId, traceId, idempotencyKey, status };
      return next({ ctx: { call } });
    });
