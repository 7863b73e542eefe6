import { env, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { refusal, request, send } from '../stream/api.ts';
import { batch, completed, created, executionObject, result, started } from './executions.ts';
import { key } from './worker-requests.ts';

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
