import { createTRPCClient, httpBatchLink, httpLink, splitLink, type TRPCClient, TRPCClientError } from '@trpc/client';
import type { AppRouter } from '../edge/trpc/router.ts';
import { backoffMs } from './client/backoff.ts';
import { openStream, type WebSocketConstructor } from './client/stream-socket.ts';
import { type WatchedChange, type WatchOptions, watchExecution } from './client/watch-execution.ts';
import { ERRORS, type ErrorCode } from './errors.ts';
import { LIMITS } from './limits.ts';

export type { WatchedChange, WatchOptions } from './client/watch-execution.ts';

/** How a client reaches the API. */
export interface ClientOptions {
  /** Where the edge is, such as `https://api.example.com`. */
  url: string;
  /** `wf_…`. */
  apiKey: string;
  /** Default: the global one. */
  fetch?: typeof globalThis.fetch;
  /** Default: the global one, which browsers and Node ≥ 22 have. */
  WebSocket?: WebSocketConstructor;
}

/**
 * Every operation of the API as `client.{noun}.{operation}.query|mutate(input)`, and the live view of an execution.
 * `workflows.create`, `workflows.execute` and `executions.stop` are safe to repeat with a key of the caller's choice, and
 * then answer the present state of what the first call made:
 * `client.workflows.execute.mutate(input, { context: { idempotencyKey } })`.
 */
export type Client = Pick<TRPCClient<AppRouter>, keyof AppRouter['_def']['record']> & {
  /**
   * The execution as it changes: yields its present state, then each change, until it has ended.
   * Throws TRPCClientError for an unknown execution or a key that may not read it.
   */
  watchExecution(executionId: string, options?: WatchOptions): AsyncGenerator<WatchedChange, void, void>;
};

/** Milliseconds between two signs of life on a stream. */
const PING_MS = 15_000;
/** Requests whose input makes the address longer than this are not batched. */
const MAX_URL_LENGTH = 8_000;

/** The error of the API: `code`, `message`, `details`, `request_id` and `docs`, the same in REST. */
export type ApiError = NonNullable<TRPCClientError<AppRouter>['data']>['error'];

/**
 * The error of the API in what a call rejected with; null when the network between failed, or something else.
 *
 * @example
 * await client.workflows.create.mutate(definition).catch((error) => console.error(apiError(error) ?? error));
 */
export function apiError(error: unknown): ApiError | null {
  return error instanceof TRPCClientError ? ((error as TRPCClientError<AppRouter>).data?.error ?? null) : null;
}

/** A client of the API at `url`. Its calls reject with TRPCClientError; `apiError` finds the error of the API in it. */
export function createClient({ url, apiKey, fetch, WebSocket }: ClientOptions): Client {
  const base = url.replace(/\/+$/, '');
  const http = { url: `${base}/trpc`, ...(fetch && { fetch }) };
  const headers = { authorization: `Bearer ${apiKey}` };
  const trpc = createTRPCClient<AppRouter>({
    links: [
      // The header is of a whole request, so a call with a key of its own goes alone.
      splitLink({
        condition: ({ context }) => context.idempotencyKey !== undefined,
        true: httpLink({
          ...http,
          headers: ({ op }) => ({ ...headers, 'idempotency-key': String(op.context.idempotencyKey) }),
        }),
        false: httpBatchLink({ ...http, headers, maxItems: LIMITS.trpcBatch, maxURLLength: MAX_URL_LENGTH }),
      }),
    ],
  });

  return {
    workflows: trpc.workflows,
    executions: trpc.executions,
    plugins: trpc.plugins,
    watchExecution: (executionId, options = {}) =>
      watchExecution(
        {
          open: ({ afterSeq, logs }) =>
            openStream({
              url: streamUrl(base, executionId, { afterSeq, logs }),
              apiKey,
              WebSocket: WebSocket ?? globalWebSocket(),
              pingMs: PING_MS,
              signal: options.signal,
            }),
          get: () => trpc.executions.get.query({ execution_id: executionId }, { signal: options.signal }),
          isTransient,
          backoff: (failures) => backoffMs(failures, Math.random()),
        },
        options,
      ),
  };
}

function globalWebSocket(): WebSocketConstructor {
  if (!globalThis.WebSocket)
    throw new Error('there is no WebSocket here: run Node 22 or newer, or give createClient({ WebSocket }) one');
  return globalThis.WebSocket;
}

function streamUrl(base: string, executionId: string, query: { afterSeq: number | null; logs: boolean }): string {
  const search = new URLSearchParams();
  if (query.afterSeq !== null) search.set('after_seq', String(query.afterSeq));
  if (query.logs) search.set('logs', 'true');
  const path = `${base}/v1/workflows/executions/${encodeURIComponent(executionId)}/stream`;
  return `${path.replace(/^http/, 'ws')}?${search}`;
}

/** A server may be newer than its client. */
const isKnown = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

/**
 * Whether a call that rejected with `error` may succeed when it is made again as it is: the network failed, or the API says so.
 * Changes want an idempotency key for that.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof TRPCClientError)) return false;
  // Errors without an answer of the API come from the network between.
  const code: string | undefined = apiError(error)?.code;
  return code === undefined || (isKnown(code) && ERRORS[code].retryable);
}
