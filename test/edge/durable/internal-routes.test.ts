import { env, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createIngest } from '../../../edge/services/ingest.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { EdgeFrame } from '../../../shared/schemas/dispatch.ts';
import { newKey } from '../api/client.ts';
import { refusal, request, send } from '../stream/api.ts';
import {
  batch,
  completed,
  created,
  executionObject,
  executionOf,
  newExecution,
  newPool,
  result,
  started,
  stepStarted,
} from './executions.ts';
import { inbox } from './sockets.ts';

let key: string;
let other: string;
beforeAll(async () => {
  key = await newKey(['worker']);
  other = await newKey(['read', 'write']);
});

const announcement = (worker_id: string, pool: string) => ({
  worker_id,
  pool,
  plugins: [],
  capacity: {},
  temporal: { address: '127.0.0.1:7233', namespace: 'default', ui_url: null },
});

const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
const deepEnd = result([{ ...completed('s0', 1, 2), output: nested(LIMITS.jsonDepth + 1) }]);

describe('every internal route', () => {
  it.each([
    ['POST', '/internal/workers'],
    ['POST', '/internal/updates'],
    ['POST', '/internal/living'],
    ['GET', '/internal/dispatch/default/0'],
    ['PUT', '/internal/outputs/exec_1/1/s0/1'],
    ['GET', '/internal/outputs?ref=output://exec_1/1/s0/1'],
    ['GET', '/internal/plans/exec_1/1'],
    ['PUT', `/internal/chains/exec_1/1/2/${'a'.repeat(64)}`],
    ['GET', `/internal/chains/exec_1/1/2/${'a'.repeat(64)}`],
  ])('asks for a key of scope worker: %s %s', async (method, path) => {
    const init = { method, ...(method !== 'GET' && { body: '{}' }) };
    expect(await refusal(await request(path, null, init))).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    expect(await refusal(await request(path, other, init))).toEqual({ status: 403, code: 'FORBIDDEN' });
  });

  it('carries the id of the request in its answer', async () => {
    const { id, pool } = await created();
    for (const path of [`/internal/plans/${id}/1`, '/internal/nothing', `/internal/dispatch/${pool}/0`]) {
      const headers = { Upgrade: 'websocket' };
      expect((await request(path, key, { headers })).headers.get('X-Request-Id')).toMatch(/^req_/);
      const named = await request(path, key, { headers: { ...headers, 'X-Request-Id': 'mine' } });
      expect(named.headers.get('X-Request-Id')).toBe('mine');
    }
  });

  it('takes no encoded body', async () => {
    const init = { method: 'POST', body: '{}', headers: { 'Content-Encoding': 'gzip' } };
    const response = await request('/internal/living', key, init);
    expect(await refusal(response)).toEqual({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
  });
});

describe('POST /internal/workers', () => {
  it('takes in the announcement and answers the number of shards', async () => {
    const response = await send('POST', '/internal/workers', key, announcement('worker_announced', newPool()));
    expect(await response.json()).toEqual({ shards: 1 });
    const row = await env.DB.prepare("SELECT connected FROM workers WHERE id = 'worker_announced'").first();
    expect(row).toEqual({ connected: 0 });
  });

  it('names what is wrong with it', async () => {
    const response = await send('POST', '/internal/workers', key, { ...announcement('w', 'p'), pool: 5 });
    expect(await response.json()).toMatchObject({ error: { details: [{ path: 'pool' }] } });
  });
});

describe('GET /internal/dispatch/{pool}/{shard}', () => {
  it('opens the socket over which commands come', async () => {
    const pool = newPool();
    const socket = inbox<EdgeFrame>(
      await request(`/internal/dispatch/${pool}/0`, key, { headers: { Upgrade: 'websocket' } }),
    );
    expect(await socket.next()).toEqual({ type: 'welcome', shards: 1 });
    socket.socket.send(JSON.stringify({ type: 'hello', worker_id: 'worker_1' }));
    const { id } = await created(newExecution(1, { pool }));
    expect(await socket.next()).toMatchObject({ type: 'command', command: { type: 'start', execution_id: id } });
  });

  it.each(['1', '-1', 'x'])('knows no shard %s', async (shard) => {
    const response = await request(`/internal/dispatch/p/${shard}`, key, { headers: { Upgrade: 'websocket' } });
    expect(await refusal(response)).toEqual({ status: 404, code: 'NOT_FOUND' });
  });

  it('asks for an upgrade', async () => {
    const response = await request('/internal/dispatch/p/0', key);
    expect(response.headers.get('Upgrade')).toBe('websocket');
    expect(await refusal(response)).toEqual({ status: 426, code: 'UPGRADE_REQUIRED' });
  });
});

describe('POST /internal/updates', () => {
  it('answers each batch in its place', async () => {
    const first = await created();
    const second = await created();
    const batches = [
      batch(first.id, [started()]),
      batch('exec_unknown', [started()]),
      batch(second.id, [started(), stepStarted('s0', 2)]),
    ];
    const response = await send('POST', '/internal/updates', key, { worker_id: 'w', batches });
    expect(await response.json()).toEqual({ answers: ['ok', 'gone', 'ok'] });
    expect(await second.execution.get()).toMatchObject({ status: 'running', current_step: 's0' });
  });

  it.each([
    ['not JSON', '{"worker_id": "w", "batches": ['],
    ['an output nested too deep', { worker_id: 'w', batches: [batch('exec_1', [deepEnd])] }],
    ['an unknown update', { worker_id: 'w', batches: [{ ...batch('exec_1', []), updates: [{ type: 'sudo' }] }] }],
    ['a try 0', { worker_id: 'w', batches: [batch('exec_1', [{ ...stepStarted('s0', 1), try: 0 } as never])] }],
    [
      'a log entry without a time',
      {
        worker_id: 'w',
        batches: [
          batch('exec_1', [], {
            logs: [
              {
                source: 'run',
                n: 0,
                timestamp: 'now',
                level: 'INFO',
                step_id: null,
                plugin: null,
                message: '',
                metadata: {},
              },
            ],
          }),
        ],
      },
    ],
  ])('refuses %s', async (_what, body) => {
    const response = await send('POST', '/internal/updates', key, body);
    expect(await refusal(response)).toEqual({ status: 400, code: 'VALIDATION_ERROR' });
  });

  it('refuses a body over the limit', async () => {
    const response = await send('POST', '/internal/updates', key, ' '.repeat(LIMITS.bodyBytes + 1));
    expect(await refusal(response)).toEqual({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
  });
});

describe('the ingest of batches', () => {
  it.each([
    ['cannot be reached', () => Promise.reject(new Error('overloaded'))],
    ['does not answer', () => new Promise<never>(() => undefined)],
  ])('answers retry for an execution that %s, and holds up no other', async (_how, sick) => {
    const { id, execution } = await created();
    const ingest = createIngest({
      execution: (_workspace, executionId) =>
        executionId === id ? execution : { ...executionOf(executionId), ingest: sick },
      seen: async () => undefined,
      patienceMs: 2_000,
    });
    const batches = [batch('exec_sick', [started()]), batch(id, [started()])];
    expect(await ingest.updates('default', { worker_id: 'w', batches })).toEqual(['retry', 'ok']);
    expect(await execution.get()).toMatchObject({ status: 'running' });
  });
});

describe('POST /internal/living', () => {
  it('refreshes the worker and tells its executions', async () => {
    await send('POST', '/internal/workers', key, announcement('worker_living', newPool()));
    await env.DB.prepare("UPDATE workers SET last_seen_at = '' WHERE id = 'worker_living'").run();
    const { id } = await created();
    const response = await send('POST', '/internal/living', key, {
      worker_id: 'worker_living',
      engine: 'down',
      executions: [
        { execution_id: id, attempt: 1, quiet_until: '2026-12-01T00:00:00.000Z' },
        { execution_id: 'exec_unknown', attempt: 1 },
      ],
    });
    expect(response.status).toBe(200);
    await vi.waitFor(async () => {
      const row = await env.DB.prepare("SELECT last_seen_at, engine FROM workers WHERE id = 'worker_living'").first();
      expect(row?.last_seen_at).not.toBe('');
      expect(row?.engine).toBe('down');
    });
  });
});

describe('/internal/outputs', () => {
  it('stores JSON under a reference and answers it again', async () => {
    const json = JSON.stringify({ rows: ['ä', 1, null] });
    const stored = await send('PUT', '/internal/outputs/exec_1/2/my.step-1/3', key, json);
    const ref = await stored.json<{ $ref: string; size: number; sha256: string }>();
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(json));
    expect(ref).toEqual({
      $ref: 'output://exec_1/2/my.step-1/3',
      size: new TextEncoder().encode(json).length,
      sha256: Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    });
    const read = await request(`/internal/outputs?ref=${encodeURIComponent(ref.$ref)}`, key);
    expect(await read.text()).toBe(json);
  });

  it.each(['output://exec_1/9/s0/1', 'outputs/default/exec_1', ''])('does not know %s', async (ref) => {
    const response = await request(`/internal/outputs?ref=${encodeURIComponent(ref)}`, key);
    expect(await refusal(response)).toEqual({ status: 404, code: 'OUTPUT_NOT_FOUND' });
  });

  it('refuses what is not JSON, and numbers that are none', async () => {
    expect(await refusal(await send('PUT', '/internal/outputs/exec_1/1/s0/1', key, '{'))).toMatchObject({
      status: 400,
    });
    expect(await refusal(await send('PUT', '/internal/outputs/exec_1/x/s0/1', key, '{}'))).toMatchObject({
      status: 400,
    });
  });

  it('takes an output nested as deep as the limit and refuses one level more', async () => {
    const path = '/internal/outputs/exec_1/1/deep/1';
    expect((await send('PUT', path, key, nested(LIMITS.jsonDepth))).status).toBe(200);
    expect(await refusal(await send('PUT', path, key, nested(LIMITS.jsonDepth + 1)))).toEqual({
      status: 400,
      code: 'VALIDATION_ERROR',
    });
  });

  it('takes an output at the limit and refuses one byte more', async () => {
    const json = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
    const path = '/internal/outputs/exec_1/1/big/1';
    expect((await send('PUT', path, key, json(LIMITS.outputBytes))).status).toBe(200);
    expect(await refusal(await send('PUT', path, key, json(LIMITS.outputBytes + 1)))).toEqual({
      status: 413,
      code: 'PAYLOAD_TOO_LARGE',
    });
  });
});

describe('GET /internal/plans', () => {
  it('answers the plan of an attempt', async () => {
    const input = newExecution();
    const { id } = await created(input);
    expect(await (await request(`/internal/plans/${id}/1`, key)).json()).toEqual(input.plan);
    expect((await request(`/internal/plans/${id}/2`, key)).status).toBe(404);
    expect((await request('/internal/plans/exec_unknown/1', key)).status).toBe(404);
  });
});

describe('/internal/chains', () => {
  const page = (letter: string) => letter.repeat(64);
  const path = (id: string, run: number, name: string) => `/internal/chains/${id}/1/${run}/${name}`;
  const put = (id: string, run: number, name = page('a'), json = '[]') => send('PUT', path(id, run, name), key, json);
  const get = (id: string, run: number, name = page('a')) => request(path(id, run, name), key);
  const gone = { status: 404, code: 'EXECUTION_NOT_FOUND' };

  const stored = (id: string) =>
    runInDurableObject(executionObject(id), (_instance, { storage }) =>
      storage.sql
        .exec<{ name: string }>("SELECT DISTINCT name FROM documents WHERE name LIKE 'chain%'")
        .toArray()
        .map(({ name }) => name),
    );

  it('keeps what one run hands to the next, however often it is put, and answers it again', async () => {
    const { id } = await created();
    const json = JSON.stringify([{ result: { status: 'completed', output: 'ä€😀'.repeat(100_000) } }]);
    for (let times = 0; times < 2; times++) expect((await put(id, 2, page('a'), json)).status).toBe(200);
    expect((await put(id, 2, page('b'))).status).toBe(200);
    expect(await (await get(id, 2)).text()).toBe(json);
    expect(await (await get(id, 2, page('b'))).json()).toEqual([]);
    expect(await refusal(await get(id, 3))).toEqual(gone);
    expect(await refusal(await get(id, 2, page('c')))).toEqual(gone);
  });

  it('lets go of what a run started with once the next has handed over', async () => {
    const { id } = await created();
    await put(id, 2);
    await put(id, 20);
    await put(id, 3);
    expect((await get(id, 2)).status).toBe(200);
    await put(id, 4);
    expect(await stored(id)).toEqual([20, 3, 4].map((run) => `chain/1/${run}/${page('a')}`));
  });

  it.each([
    ['completed', result([completed('s0', 2, 8), completed('s1', 8, 9)])],
    ['closed by the engine', { type: 'closed', status: 'failed', at: '2026-01-01T00:00:01.000Z', error: null }],
  ] as const)(
    'lets go of everything when the execution has %s, but of no output, and takes nothing more',
    async (_, end) => {
      const { id, execution } = await created();
      await env.BLOBS.put(`outputs/default/${id}/1/s0/1`, '{}');
      await put(id, 2);
      await put(id, 3);
      await execution.ingest(batch(id, [started(), end]));
      expect(await stored(id)).toEqual([]);
      expect(await refusal(await put(id, 3))).toEqual(gone);
      expect(await refusal(await get(id, 3))).toEqual(gone);
      expect(await stored(id)).toEqual([]);
      expect(await env.BLOBS.head(`outputs/default/${id}/1/s0/1`)).not.toBeNull();
      expect(await execution.plan(1)).not.toBeNull();
    },
  );

  it('knows no other execution or attempt', async () => {
    const { id } = await created();
    await put(id, 2);
    expect(await refusal(await put('exec_unknown', 2))).toEqual(gone);
    expect(await refusal(await get('exec_unknown', 2))).toEqual(gone);
    expect(await refusal(await send('PUT', `/internal/chains/${id}/2/2/${page('a')}`, key, '[]'))).toEqual(gone);
    expect(await refusal(await request(`/internal/chains/${id}/2/2/${page('a')}`, key))).toEqual(gone);
  });

  it.each([
    ['an attempt 0', `0/2/${page('a')}`, '[]'],
    ['a run 1, which nobody hands anything', `1/1/${page('a')}`, '[]'],
    ['a page whose name is no hash', '1/2/next', '[]'],
    ['what is not JSON', `1/2/${page('a')}`, '['],
  ])('refuses %s', async (_what, rest, json) => {
    const { id } = await created();
    const response = await send('PUT', `/internal/chains/${id}/${rest}`, key, json);
    expect(await refusal(response)).toEqual({ status: 400, code: 'VALIDATION_ERROR' });
  });

  it('takes a page at the limit and refuses one byte more', async () => {
    const { id } = await created();
    const json = (bytes: number) => `["${'x'.repeat(bytes - 4)}"]`;
    expect((await put(id, 2, page('a'), json(LIMITS.chainPageBytes))).status).toBe(200);
    expect((await (await get(id, 2)).text()).length).toBe(LIMITS.chainPageBytes);
    expect(await refusal(await put(id, 2, page('b'), json(LIMITS.chainPageBytes + 1)))).toEqual({
      status: 413,
      code: 'PAYLOAD_TOO_LARGE',
    });
  });
});
