import { env, SELF } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ErrorBody } from '../../../edge/trpc/error.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { BASE, createRest, newKey, type Rest } from './client.ts';
import { announceWorker } from './worker.ts';

let rest: Rest;
let key: string;
beforeAll(async () => {
  await announceWorker();
  key = await newKey(['read', 'write']);
  rest = createRest(key);
});

const steps = [{ id: 'a', plugin: 'core', operation: 'echo' }];
const TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/octet-stream',
  '',
];
const post = (raw: BodyInit, headers: Record<string, string> = {}) => rest('POST', '/v1/workflows', { raw, headers });

describe('bodies', () => {
  it.each<[string, BodyInit, number, string]>([
    ['malformed JSON', '{"name": ', 400, 'VALIDATION_ERROR'],
    ['a key given twice', '{"name": "a", "name": "b"}', 400, 'VALIDATION_ERROR'],
    ['__proto__', '{"__proto__": {"name": "a"}}', 400, 'VALIDATION_ERROR'],
    ['a number past the largest', '{"name": "w", "steps": [{"config": {"x": 1e999}}]}', 400, 'VALIDATION_ERROR'],
    ['nesting past the limit', `{"name": ${'['.repeat(64)}${']'.repeat(64)}}`, 400, 'VALIDATION_ERROR'],
    ['very deep nesting', '['.repeat(1_000_000), 400, 'VALIDATION_ERROR'],
    ['invalid UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400, 'VALIDATION_ERROR'],
    ['a text', '"text"', 400, 'VALIDATION_ERROR'],
    ['more bytes than the limit', new Uint8Array(LIMITS.bodyBytes + 1).fill(0x20), 413, 'PAYLOAD_TOO_LARGE'],
  ])('with %s are refused', async (_, raw, status, code) => {
    const answer = await post(raw);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  it('over the limit are refused while they stream in, whatever their length is said to be', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1024 * 1024;
        if (sent > 64 * 1024 * 1024) controller.close();
        else controller.enqueue(new Uint8Array(1024 * 1024).fill(0x20));
      },
    });
    const { status } = await post(endless);
    expect(status).toBe(413);
    // Twice the limit, and what the stream holds ready.
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  it('at the limit are read', async () => {
    const body = JSON.stringify({ name: 'w', steps });
    const { status } = await post(body.padEnd(LIMITS.bodyBytes));
    expect(status).toBe(201);
  });

  it.each(TYPES)('of type "%s" are refused', async (type) => {
    for (const raw of ['{}', 'a=b', new Uint8Array([0xff])]) {
      const { status, body } = await post(raw, { 'content-type': type });
      expect([status, body.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    }
  });

  it.each(['gzip', 'br', 'Deflate', 'identity, gzip'])('of the encoding "%s" are refused', async (encoding) => {
    const { status, body } = await post(JSON.stringify({ name: 'w', steps }), { 'content-encoding': encoding });
    expect([status, body.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(body.error.message).toContain('without Content-Encoding');
  });

  it('are read when their encoding is said to be none', async () => {
    const { status } = await post(JSON.stringify({ name: 'w', steps }), { 'content-encoding': 'Identity' });
    expect(status).toBe(201);
  });

  it('are read with a charset in their type', async () => {
    const { status } = await post(JSON.stringify({ name: 'w', steps }), {
      'content-type': 'Application/JSON; charset=utf-8',
    });
    expect(status).toBe(201);
  });

  it('are refused in another charset than UTF-8', async () => {
    const { status, body } = await post(JSON.stringify({ name: 'w', steps }), {
      'content-type': 'application/json; charset=latin1',
    });
    expect([status, body.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(body.error.message).toBe('the body must be UTF-8, not charset=latin1');
  });
});

describe('an empty body', () => {
  it('is named beside the fields that are missing', async () => {
    const { status, body } = await rest('POST', '/v1/workflows');
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(body.error.message).toBe('the body is empty (and 2 more, see details)');
    expect(body.error.details).toMatchObject([
      { path: '', message: 'the body is empty' },
      { path: 'name', message: 'is required' },
      { path: 'steps', message: 'is required' },
    ]);
  });

  it('is not named where no field is missing', async () => {
    const { body } = await rest('POST', '/v1/workflows/wf_1/execute?asnyc=true');
    expect(body.error.details.map(({ path }: { path: string }) => path)).toEqual(['asnyc']);
  });
});

const EXECUTION = '/v1/workflows/executions/exec_1';

describe('query parameters', () => {
  it.each([
    [
      '/v1/workflows?limits=5',
      'limits',
      'unknown query parameter "limits"; did you mean "limit"? (known: page, limit, status, created_by, tags)',
    ],
    ['/v1/workflows/executions/exec_1/events?seq=5', 'seq', 'unknown query parameter "seq" (known: after_seq, limit)'],
    ['/v1/workflows/wf_1?version=1', 'version', 'unknown query parameter "version" (there are none)'],
    ['/v1/workflows?limit=5&limit=6', 'limit', 'is given more than once'],
    ['/v1/workflows?limit=many', 'limit', 'must be an integer'],
    [`${EXECUTION}/logs?start_time=2026-01-02&end_time=2026-01-01`, 'end_time', 'must not be before start_time'],
    ['/v1/workflows/executions?from=2026-01-02&to=2026-01-01T23:59Z', 'to', 'must not be before from'],
  ])('%s: the answer says what there is', async (path, name, message) => {
    const { status, body } = await rest('GET', path);
    expect(status).toBe(400);
    expect(body.error.details).toEqual([{ code: 'VALIDATION_ERROR', path: name, message }]);
  });

  it('are all named when several are wrong', async () => {
    const { body } = await rest('GET', '/v1/workflows?foo=1&foo=2&page=0&limit=1&limit=2&bar=');
    expect(body.error.details.map(({ path }: { path: string }) => path)).toEqual(['foo', 'bar', 'limit', 'page']);
  });

  it('that are unknown are named beside what is wrong with the body', async () => {
    const { body } = await rest('POST', '/v1/workflows?foo=1', { body: { name: '', steps: [{}] } });
    expect(body.error.details.map(({ path }: { path: string }) => path)).toEqual([
      'foo',
      'name',
      'steps.0.id',
      'steps.0.plugin',
      'steps.0.operation',
    ]);
  });

  it('are called keys in tRPC', async () => {
    const { body } = await rest('GET', `/trpc/workflows.list?input=${encodeURIComponent('{"limits":5}')}`);
    expect(body.error.data.error.details[0].message).toMatch(/^unknown key "limits"; did you mean "limit"\?/);
  });
});

describe('routes', () => {
  it.each([
    '/',
    '/v1',
    '/v1/nothing',
    '/v2/workflows',
    '/v1/workflows/x/y',
    '/v1/workflows/executions/x/y',
    '/v1/workflows/workflows2',
  ])('%s is not found', async (path) => {
    const { status, body } = await rest('GET', path, { key: null });
    expect(status).toBe(path === '/v1/workflows/workflows2' ? 401 : 404);
    expect(body.error.request_id).toMatch(/^req_/);
  });

  it.each([
    ['DELETE', '/v1/workflows', 'GET, POST, HEAD'],
    ['PATCH', '/v1/workflows/wf_1', 'GET, HEAD'],
    ['GET', '/v1/workflows/wf_1/execute', 'POST'],
    ['POST', '/v1/workflows/executions', 'GET, HEAD'],
    ['PUT', '/v1/workflows/executions/exec_1/stop', 'POST'],
    ['POST', '/v1/workflows/workflows/executions/exec_1/logs', 'GET, HEAD'],
    ['POST', '/v1/workflows/executions/exec_1/stream', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['DELETE', '/readyz', 'GET, HEAD'],
    ['PUT', '/openapi.json', 'GET, HEAD'],
    ['POST', '/docs', 'GET, HEAD'],
  ])('%s %s is not allowed, and Allow says what is', async (method, path, allow) => {
    const { status, body, headers } = await rest(method, path);
    expect([status, body.error.code]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(headers.get('allow')).toBe(allow);
  });

  it('take a trailing slash', async () => {
    expect((await rest('GET', '/v1/workflows/')).status).toBe(200);
  });

  it('answer HEAD as GET without a body', async () => {
    const { status, body, headers } = await rest('HEAD', '/v1/workflows');
    expect([status, body]).toEqual([200, '']);
    expect(headers.get('content-type')).toContain('application/json');
  });

  it('may be called from any web page', async () => {
    const preflight = await rest('OPTIONS', '/v1/workflows', {
      key: null,
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, idempotency-key',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    const answer = await rest('GET', '/v1/workflows', { headers: { origin: 'https://app.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const refused = await rest('GET', '/v1/workflows', { key: null, headers: { origin: 'https://app.example' } });
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('request ids', () => {
  it('are taken from the caller and given back, also in errors', async () => {
    const headers = { 'x-request-id': 'my-request.1' };
    expect((await rest('GET', '/v1/workflows', { headers })).headers.get('x-request-id')).toBe('my-request.1');
    const refused = await rest('GET', '/v1/workflows/wf_none', { headers });
    expect(refused.body.error.request_id).toBe('my-request.1');
    expect(refused.headers.get('x-request-id')).toBe('my-request.1');
  });

  it.each(['', 'x'.repeat(129), 'a b', '<script>'])('are made anew in place of "%s"', async (id) => {
    const { headers } = await rest('GET', '/v1/workflows', { headers: { 'x-request-id': id } });
    expect(headers.get('x-request-id')).toMatch(/^req_/);
  });

  it('and the trace of the start stand in every log entry', async () => {
    const workflow = (await rest('POST', '/v1/workflows', { body: { name: 'w', steps } })).body.data.id;
    const headers = {
      'x-request-id': 'start-1',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    };
    const { body } = await rest('POST', `/v1/workflows/${workflow}/execute`, { headers });
    const name = `default/${body.data.execution_id}`;
    const stub = env.EXECUTIONS.getByName(
      name,
    ) as unknown as import('../../../edge/durable/execution-api.ts').ExecutionApi;
    const log = {
      source: 'run',
      n: 1,
      timestamp: '2030-01-01T00:00:00.000Z',
      level: 'INFO',
      step_id: null,
      plugin: null,
      message: 'x',
      metadata: {},
    } as const;
    await stub.ingest({ execution_id: body.data.execution_id, attempt: 1, updates: [], logs: [log] });
    const logs = await rest('GET', `/v1/workflows/executions/${body.data.execution_id}/logs`);
    expect(logs.body.data.logs[0].metadata).toEqual({
      correlation_id: 'start-1',
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    });
  });
});

describe('ids in path and body', () => {
  it('may both be given when they agree', async () => {
    const workflow = (await rest('POST', '/v1/workflows', { body: { name: 'w', steps } })).body.data.id;
    expect((await rest('POST', `/v1/workflows/${workflow}/execute`, { body: { workflow_id: workflow } })).status).toBe(
      202,
    );
  });

  it('are refused when they differ', async () => {
    const { status, body } = await rest('POST', '/v1/workflows/wf_1/execute', { body: { workflow_id: 'wf_2' } });
    expect(status).toBe(400);
    expect(body.error.details[0].path).toBe('workflow_id');
  });
});

describe('tRPC', () => {
  const DOCS = new RegExp(`^${BASE}/docs#[A-Z_]+$`);
  const trpc = (path: string, init?: RequestInit) =>
    SELF.fetch(`${BASE}/trpc/${path}`, {
      ...init,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    });

  /** An error about a request as a whole. */
  const refusal = (code: string, message: string) => ({
    error: expect.objectContaining({
      data: expect.objectContaining({
        error: { code, message, request_id: expect.stringMatching(/^req_/), docs: expect.stringMatching(DOCS) },
      }),
    }),
  });

  it.each([
    ['{"name": "a", "name": "b"}', 'name'],
    ['{"name": "w", "steps": [{"config": {"x": 1e999}}]}', 'steps.0.config.x'],
  ])('checks bodies as REST does: %s', async (raw, path) => {
    const response = await trpc('workflows.create', { method: 'POST', body: raw });
    const body = await response.json<{ error: { data: { error: ErrorBody } } }>();
    expect(response.status).toBe(400);
    expect(body.error.data.error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path }] });
  });

  it.each([
    ['a key given twice', '{"limit": 1, "limit": 2}'],
    ['__proto__', '{"__proto__": {}}'],
    ['deep nesting', '['.repeat(LIMITS.jsonDepth + 1)],
    ['a number past the largest', '{"limit": 1e999}'],
  ])('checks inputs in addresses as well: %s', async (_title, input) => {
    const response = await trpc(`workflows.list?input=${encodeURIComponent(input)}`);
    const body = await response.json<{ error: { data: { error: { code: string; message: string } } } }>();
    expect(response.status).toBe(400);
    expect(body.error.data.error.message).toMatch(/given twice|not allowed|nested over|too large/);
  });

  it('takes a batch up to the limit', async () => {
    const batch = (size: number) =>
      trpc(`${Array(size).fill('workflows.list').join(',')}?batch=1&input=${encodeURIComponent('{"0":{}}')}`);
    expect((await batch(LIMITS.trpcBatch)).status).toBe(200);
    const refused = await batch(LIMITS.trpcBatch + 1);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toEqual(refusal('VALIDATION_ERROR', expect.stringMatching(/batch/i)));
  });

  it.each(TYPES)('refuses bodies of type "%s" as REST does', async (type) => {
    for (const raw of ['{}', 'a=b', new Uint8Array([0xff])]) {
      const { status, body } = await rest('POST', '/trpc/workflows.create', { raw, headers: { 'content-type': type } });
      expect(status).toBe(415);
      expect(body).toEqual(refusal('UNSUPPORTED_MEDIA_TYPE', expect.stringContaining('application/json')));
    }
  });

  it.each([
    ['an encoded body', 'POST', 'workflows.create', { raw: '{}', headers: { 'content-encoding': 'gzip' } }, 415],
    ['no body and no type', 'POST', 'workflows.create', {}, 415],
    ['another method', 'PUT', 'workflows.create', { raw: '{}', headers: { 'content-type': TYPES[3] ?? '' } }, 405],
    ['queries beside mutations', 'GET', 'workflows.list,workflows.create?batch=1', {}, 400],
  ])('answers the whole error object to %s', async (_title, method, path, options, status) => {
    const answer = await rest(method, `/trpc/${path}`, options);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual(refusal(expect.any(String), expect.any(String)));
  });

  it('says when a procedure does not exist', async () => {
    const response = await trpc('workflows.nothing');
    const body = await response.json<{ error: { data: { error: { code: string; request_id: string } } } }>();
    expect([response.status, body.error.data.error.code]).toEqual([404, 'NOT_FOUND']);
    expect(body.error.data.error.request_id).toMatch(/^req_/);
  });
});
