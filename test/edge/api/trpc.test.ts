import { SELF } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { ErrorBody } from '../../../edge/trpc/error.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { key, rest } from './caller.ts';
import { BASE } from './client.ts';
import { TYPES } from './protocol.ts';

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
