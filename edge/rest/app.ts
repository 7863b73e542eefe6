import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { createContext } from '../context.ts';
import { renderDocs } from './docs-page.ts';
import { handleError, handleNotFound } from './error-handler.ts';
import { serveHealth, serveReadiness } from './health.ts';
import type { Http } from './http.ts';
import { methodNotAllowed } from './method-not-allowed.ts';
import { mountOperations } from './mount.ts';
import { createOpenApi, type OpenApiDocument } from './openapi.ts';
import { routedPath } from './paths.ts';
import { mountStream } from './stream.ts';
import { serveTrpc, TRPC_ENDPOINT } from './trpc.ts';

/** What the edge serves to clients over HTTP. */
export function createApp(): Hono<Http> {
  const app = new Hono<Http>({ getPath: routedPath });
  let document: OpenApiDocument | undefined;
  const openApi = () => {
    document ??= createOpenApi();
    return document;
  };

  app.onError(handleError);
  app.notFound(handleNotFound);
  app.use(async (c, next) => {
    const context = createContext(c.env, c.req.raw);
    c.set('context', context);
    await next();
    c.header('X-Request-Id', context.requestId);
  });
  // Keys travel in headers, never in cookies, so any origin may call.
  app.use(cors({ origin: '*', exposeHeaders: ['X-Request-Id', 'Idempotent-Replayed', 'Retry-After'], maxAge: 86_400 }));

  app.get('/healthz', serveHealth);
  app.get('/readyz', serveReadiness);
  app.get('/openapi.json', (c) => c.json(openApi()));
  app.get('/docs', (c) => c.html(renderDocs(openApi())));
  for (const path of ['/healthz', '/readyz', '/openapi.json', '/docs']) app.all(path, methodNotAllowed(['GET']));
  app.all(`${TRPC_ENDPOINT}/*`, serveTrpc);
  mountStream(app);
  mountOperations(app);
  return app;
}
