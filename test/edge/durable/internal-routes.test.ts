import { env } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { EdgeFrame } from '../../../shared/schemas/dispatch.ts';
import { newKey } from '../api/client.ts';
import { refusal, request, send } from '../stream/api.ts';
import { created, newExecution, newPool } from './executions.ts';
import { inbox } from './sockets.ts';
import { key } from './worker-requests.ts';

let other: string;
beforeAll(async () => {
  other = await newKey(['read', 'write']);
});

const announcement = (worker_id: string, pool: string) => ({
  worker_id,
  pool,
  plugins: [],
  capacity: {},
  temporal: { address: '127.0.0.1:7233', namespace: 'default', ui_url: null },
});

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
