import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_WORKSPACE } from '../../../edge/repositories/database.ts';
import { updateLastSeen } from '../../../edge/repositories/workers.ts';
import { isPage } from '../../../edge/rest/envelope.ts';
import { EXAMPLES, FRAME_EXAMPLES } from '../../../edge/rest/examples.ts';
import { createOpenApi } from '../../../edge/rest/openapi.ts';
import { restRoutes } from '../../../edge/rest/routes.ts';
import { createSnapshotJoiner } from '../../../shared/domain/join-snapshot.ts';
import { ERRORS } from '../../../shared/errors.ts';
import { StreamFrame } from '../../../shared/schemas/event.ts';
import { type EngineReach, PluginManifest } from '../../../shared/schemas/plugin.ts';
import { createRest, db, newKey, type Rest } from './client.ts';
import { announceWorker } from './worker.ts';

let rest: Rest;
beforeAll(async () => {
  rest = createRest(await newKey(['read']));
});

describe('/healthz and /readyz', () => {
  it('answer without a key', async () => {
    expect((await rest('GET', '/healthz', { key: null })).body).toEqual({ status: 'ok' });
    expect((await rest('GET', '/readyz', { key: null })).status).toBe(200);
  });

  it('name the parts that do not work', async () => {
    expect((await rest('GET', '/readyz')).body).toMatchObject({
      status: 'degraded',
      parts: {
        database: { status: 'ok' },
        workers: { status: 'degraded', connected: 0 },
        engine: { status: 'unknown' },
      },
    });
    await announceWorker();
    expect((await rest('GET', '/readyz')).body).toMatchObject({ status: 'ok', parts: { workers: { connected: 1 } } });
  });

  it('tell of the engine what workers say of it', async () => {
    await announceWorker();
    const readyWhen = async (engine: EngineReach) => {
      const said = { workerId: 'worker_1', engine, now: new Date().toISOString() };
      await updateLastSeen(db, DEFAULT_WORKSPACE, said);
      return (await rest('GET', '/readyz')).body;
    };
    expect(await readyWhen('up')).toMatchObject({ status: 'ok', parts: { engine: { status: 'ok' } } });
    expect(await readyWhen('down')).toMatchObject({
      status: 'degraded',
      parts: { workers: { status: 'ok' }, engine: { status: 'degraded', detail: '1 of 1 workers cannot reach it' } },
    });
  });
});

describe('/v1/plugins', () => {
  it('lists what was announced, with its availability now', async () => {
    await announceWorker();
    const { body } = await rest('GET', '/v1/plugins');
    expect(body.data.map((plugin: unknown) => PluginManifest.strict().parse(plugin))).toMatchObject([
      { name: 'core', available: true, unavailable_reason: null },
      { name: 'warehouse', available: false, unavailable_reason: 'set WAREHOUSE_URL' },
    ]);
    await announceWorker({}, { connected: false });
    expect((await rest('GET', '/v1/plugins/core')).body.data).toMatchObject({
      available: false,
      unavailable_reason: 'no worker that runs it is connected',
    });
  });

  it('says when there is no such plugin', async () => {
    const { status, body } = await rest('GET', '/v1/plugins/nope');
    expect([status, body.error.code]).toEqual([404, 'NOT_FOUND']);
  });
});

describe('the OpenAPI document', () => {
  const document = createOpenApi();

  it('is served', async () => {
    const { body } = await rest('GET', '/openapi.json', { key: null });
    expect(body).toEqual(JSON.parse(JSON.stringify(document)));
    expect(body.openapi).toBe('3.1.0');
  });

  it.each(restRoutes())(
    'describes $procedure with all that a reader needs',
    ({ procedure, rest: { path, method, status } }) => {
      const operation = document.paths?.[path]?.[method.toLowerCase() as 'get' | 'post'];
      expect(operation).toMatchObject({
        operationId: procedure,
        summary: expect.any(String),
        tags: [expect.any(String)],
      });
      expect(Object.keys(operation?.responses ?? {})).toEqual(
        expect.arrayContaining([`${status}`, '400', '401', '403', '500', '503']),
      );
      for (const name of [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
        expect(operation?.parameters).toContainEqual(expect.objectContaining({ name, in: 'path', required: true }));
      expect(EXAMPLES[procedure]).toBeDefined();
    },
  );

  it.each(restRoutes())('shows an example of $procedure that fits its schema', ({ procedure, input, output }) => {
    const { request, response } = EXAMPLES[procedure] as { request?: object; response: { data: unknown } };
    if (request) input.partial().parse(request);
    output.parse(isPage(output) ? response : response.data);
  });

  it('shows frames of the stream that fit their schema, among them the parts of a snapshot', () => {
    const frames = Object.values(FRAME_EXAMPLES).map(({ value }) => StreamFrame.parse(value));
    const [whole, ...parts] = frames.slice(0, -1).map(createSnapshotJoiner());
    expect(parts).toEqual([null, null, whole]);
    const stream = document.paths?.['/v1/workflows/executions/{execution_id}/stream']?.get;
    expect(stream?.responses?.['101']).toMatchObject({ content: { 'application/json': { examples: FRAME_EXAMPLES } } });
  });

  it('describes the stream, which is no operation of tRPC', () => {
    const stream = document.paths?.['/v1/workflows/executions/{execution_id}/stream']?.get;
    expect(Object.keys(stream?.responses ?? {})).toEqual(
      expect.arrayContaining(['101', '200', '400', '401', '403', '404', '426', '429']),
    );
    expect(stream?.responses?.['426']).toMatchObject({ description: expect.stringContaining('`UPGRADE_REQUIRED`') });
    expect(stream?.parameters).toMatchObject([
      { name: 'execution_id', in: 'path', required: true },
      { name: 'after_seq', in: 'query' },
      { name: 'logs', in: 'query' },
      { name: 'Last-Event-ID', in: 'header' },
    ]);
    expect(document.components?.schemas).toHaveProperty('StreamFrame');
    expect(JSON.stringify(stream?.responses?.['101'])).toContain('#/components/schemas/StreamFrame');
  });

  it('needs a body where one of its fields is needed', () => {
    const required = (path: string) => {
      const body = document.paths?.[path]?.post?.requestBody;
      return body && 'required' in body ? body.required : undefined;
    };
    expect(required('/v1/workflows')).toBe(true);
    expect(required('/v1/workflows/{workflow_id}/execute')).toBe(false);
  });

  it('says of every field and parameter what it is', () => {
    const named = Object.entries(document.components?.schemas ?? {}).flatMap(([name, schema]) => silent(schema, name));
    const own = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
      [item.get, item.post].flatMap((operation) => [
        ...(operation?.parameters ?? []).flatMap((parameter) =>
          'name' in parameter && !parameter.description ? [`${path} ${parameter.name}`] : [],
        ),
        ...contents(operation?.requestBody).flatMap((schema) => silent(schema, path)),
        ...Object.values(operation?.responses ?? {})
          .flatMap(contents)
          .flatMap((schema) => silent(schema, path)),
      ]),
    );
    // What an operation answers as `data` is its own description.
    expect([...named, ...own.filter((field) => !field.endsWith('.data'))]).toEqual([]);
  });

  it('is shown as a page that explains every operation and error', async () => {
    const { status, body, headers } = await rest('GET', '/docs', { key: null });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    for (const { procedure } of restRoutes()) expect(body).toContain(`id="${procedure}"`);
    for (const code of Object.keys(ERRORS)) expect(body).toContain(`id="${code}"`);
    expect(body).not.toMatch(/(src|href)="https?:/);
    expect(body).not.toContain('undefined');
    expect(body).not.toContain('[object');
    expect(body).not.toContain('`');
    expect(body).toContain('<code>details</code> lists every violation');
    for (const name of ['after_seq', 'logs', 'Last-Event-ID'])
      expect(body.slice(body.indexOf('id="stream"'))).toContain(`<code>${name}</code>`);
  });
});

/** The fields of a JSON Schema, at any depth, that have no description; what is a reference is described where it leads. */
function silent(schema: unknown, at: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, items, additionalProperties, anyOf = [] } = schema as Record<string, object | undefined>;
  return [
    ...Object.entries(properties).flatMap(([name, field]) => [
      ...('description' in field || '$ref' in field ? [] : [`${at}.${name}`]),
      ...silent(field, `${at}.${name}`),
    ]),
    ...[items, additionalProperties, ...Object.values(anyOf)].flatMap((inner) => silent(inner, at)),
  ];
}

const contents = (holder: unknown): unknown[] =>
  Object.values((holder as { content?: Record<string, { schema?: unknown }> } | undefined)?.content ?? {}).map(
    ({ schema }) => schema,
  );
