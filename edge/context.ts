import { drizzle } from 'drizzle-orm/d1';
import { executionStub } from './durable/stubs.ts';
import type { Env } from './env.ts';
import { bearerOf, requestIdOf, traceIdOf } from './rest/request-headers.ts';
import type { Blobs } from './services/blobs.ts';
import { createAuthorizer, createKnownKeys } from './services/caller.ts';
import { timeOrderedId } from './services/ids.ts';
import { createServices } from './services/services.ts';
import type { Context } from './trpc/context.ts';

const knownKeys = createKnownKeys();

/** The composition root: bindings and a request become what procedures and routes work with. */
export function createContext(env: Env, request: Request): Context {
  const { headers } = request;
  const db = drizzle(env.DB);
  const now = new Date().toISOString();
  // Made when asked for: they cost more than all else of a short request.
  const traceId = once(() => traceIdOf(headers));
  const services = once(() =>
    createServices({
      db,
      blobs: createBlobs(env.BLOBS),
      executionUrlTemplate: env.EXECUTION_URL_TEMPLATE ?? null,
      executionOf: (workspaceId, executionId) => executionStub(env.EXECUTIONS, workspaceId, executionId),
    }),
  );
  return {
    now,
    requestId: requestIdOf(headers) ?? timeOrderedId('req', now),
    get traceId() {
      return traceId();
    },
    get services() {
      return services();
    },
    idempotencyKey: headers.get('idempotency-key'),
    origin: new URL(request.url).origin,
    responseHeaders: new Headers(),
    responseStatus: { value: null },
    authorize: createAuthorizer(db, knownKeys, bearerOf(headers)),
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const createBlobs = (bucket: R2Bucket): Blobs => ({
  get: async (key) => (await bucket.get(key))?.text() ?? null,
  put: async (key, text) => {
    await bucket.put(key, text, { httpMetadata: { contentType: 'application/json' } });
  },
});
