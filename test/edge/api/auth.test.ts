import { env } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { restRoutes } from '../../../edge/rest/routes.ts';
import { generateApiKey } from '../../../edge/services/api-key.ts';
import type { Scope } from '../../../shared/schemas/api-key.ts';
import { createRest, newKey, type Rest } from './client.ts';
import { announceWorker } from './worker.ts';

let rest: Rest;
beforeAll(async () => {
  await announceWorker();
  rest = createRest(await newKey(['read', 'write']));
});

const routes = restRoutes().map(({ rest: { method, path }, scope, procedure }) => ({ method, path, scope, procedure }));
const pathOf = (path: string) => path.replaceAll(/\{\w+\}/g, 'x');

describe.each(routes)('$method $path', ({ method, path, scope }) => {
  const call = (key: string | null) => rest(method, pathOf(path), { key, ...(method === 'POST' ? { body: {} } : {}) });
  const others = (['read', 'write', 'worker'] as const).filter((other) => other !== scope);

  it('refuses a request without a key', async () => {
    const { status, body, headers } = await call(null);
    expect([status, body.error.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });

  it('refuses an unknown key', async () => {
    expect((await call(generateApiKey().key)).status).toBe(401);
  });

  it.each(others)('refuses a key that only has the scope %s', async (other) => {
    const { status, body } = await call(await newKey([other]));
    expect([status, body.error.code]).toEqual([403, 'FORBIDDEN']);
  });

  it.each([scope, 'admin'] as Scope[])('lets a key with the scope %s pass', async (good) => {
    expect([401, 403]).not.toContain((await call(await newKey([good]))).status);
  });
});

it.each(['', 'Bearer', 'Bearer ', 'Basic abc', 'Bearer wf_short_key', `Bearer ${"' OR 1=1 --"}`])(
  'refuses the header "%s"',
  async (authorization) => {
    const { status } = await rest('GET', '/v1/workflows', { key: null, headers: { authorization } });
    expect(status).toBe(401);
  },
);

it('checks the key before it reads the body', async () => {
  const { status } = await rest('POST', '/v1/workflows', { key: null, raw: '{not json' });
  expect(status).toBe(401);
});

it('refuses a revoked key', async () => {
  const key = await newKey(['read']);
  await env.DB.prepare('UPDATE api_keys SET revoked_at = ? WHERE prefix = ?')
    .bind('2024-01-01', key.slice(3, 11))
    .run();
  expect((await rest('GET', '/v1/workflows', { key })).status).toBe(401);
});

it('stores no key, only its hash', async () => {
  const key = await newKey(['read']);
  const { results } = await env.DB.prepare('SELECT * FROM api_keys').all();
  expect(JSON.stringify(results)).not.toContain(key.slice(12));
});

it('hides what belongs to another workspace', async () => {
  await env.DB.prepare("INSERT INTO workspaces (id, created_at) VALUES ('other', '2024-01-01')").run();
  const steps = [{ id: 'a', plugin: 'core', operation: 'echo' }];
  const workflow = (await rest('POST', '/v1/workflows', { body: { name: 'w', steps } })).body.data.id;
  const execution = (await rest('POST', `/v1/workflows/${workflow}/execute`)).body.data.execution_id;
  const stranger = createRest(await newKey(['read', 'write'], 'stranger', 'other'));
  expect((await stranger('GET', '/v1/workflows')).body.pagination.total).toBe(0);
  expect((await stranger('GET', '/v1/workflows/executions')).body.data).toEqual([]);
  expect((await stranger('GET', '/v1/plugins')).body.data).toEqual([]);
  for (const [method, path, code] of [
    ['GET', `/v1/workflows/${workflow}`, 'WORKFLOW_NOT_FOUND'],
    ['POST', `/v1/workflows/${workflow}/execute`, 'WORKFLOW_NOT_FOUND'],
    ['GET', `/v1/workflows/executions/${execution}`, 'EXECUTION_NOT_FOUND'],
    ['POST', `/v1/workflows/executions/${execution}/stop`, 'EXECUTION_NOT_FOUND'],
  ] as const) {
    const { status, body } = await stranger(method, path);
    expect([status, body.error.code]).toEqual([404, code]);
  }
});
