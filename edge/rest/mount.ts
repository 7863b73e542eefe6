import { callTRPCProcedure } from '@trpc/server';
import type { Hono, Context as HonoContext } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { appRouter } from '../trpc/router.ts';
import { assertPath, queryOf } from './address.ts';
import { createInputReader } from './decode.ts';
import { envelope } from './envelope.ts';
import type { Http } from './http.ts';
import { methodNotAllowed } from './method-not-allowed.ts';
import { parseJson } from './parse-json.ts';
import { readJsonText } from './read-body.ts';
import { type RestRoute, restRoutes } from './routes.ts';

/** Serves every operation of the router under its REST path; other methods of these paths answer 405 with Allow. */
export function mountOperations(app: Hono<Http>): void {
  const methods = new Map<string, string[]>();
  const routes = restRoutes();
  for (const route of routes)
    methods.set(route.rest.path, [...(methods.get(route.rest.path) ?? []), route.rest.method]);
  for (const route of routes) app.on(route.rest.method, honoPath(route.rest.path), handler(route));
  for (const [path, allowed] of methods) app.all(honoPath(path), methodNotAllowed(allowed));
}

/** `{name}` as hono writes it. */
export const honoPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

function handler({ procedure, type, rest, input, output }: RestRoute) {
  const read = createInputReader(input);

  async function readInput(c: HonoContext<Http>): Promise<unknown> {
    const path = c.req.param();
    assertPath(c.req.url, path);
    const query = queryOf(c.req.url);
    const body = type === 'query' ? {} : await readBody(c.req.raw);
    return read({ path, query, body });
  }

  return async (c: HonoContext<Http>): Promise<Response> => {
    const ctx = c.get('context');
    let rawInput: Promise<unknown> | undefined;
    const answer = await callTRPCProcedure({
      router: appRouter,
      path: procedure,
      type,
      ctx,
      signal: c.req.raw.signal,
      batchIndex: 0,
      // Procedures may ask more than once; a body is read but once.
      getRawInput: () => {
        rawInput ??= readInput(c);
        return rawInput;
      },
    });
    for (const [name, value] of ctx.responseHeaders) c.header(name, value);
    const status = ctx.responseStatus.value ?? rest.status;
    return c.json(envelope(answer, output), status as ContentfulStatusCode);
  };
}

/** The parsed body; undefined for an empty one. */
async function readBody(request: Request): Promise<unknown> {
  const text = await readJsonText(request);
  return text === '' ? undefined : parseJson(text);
}
