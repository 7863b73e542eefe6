import { env } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { executionStub } from '../../../edge/durable/stubs.ts';
import { DEFAULT_WORKSPACE } from '../../../edge/repositories/database.ts';
import { WorkflowListItem } from '../../../shared/schemas/workflow.ts';
import { createRest, newKey, type Rest } from './client.ts';
import { announceWorker } from './worker.ts';

let rest: Rest;
const ids: string[] = [];

beforeAll(async () => {
  await announceWorker();
  rest = createRest(await newKey(['read', 'write']));
  const other = createRest(await newKey(['read', 'write'], 'user_456'));
  const create = async (client: Rest, tags: string[]) => {
    const steps = [{ id: 'a', plugin: 'core', operation: 'echo' }];
    const { body } = await client('POST', '/v1/workflows', { body: { name: 'w', steps, tags } });
    ids.unshift(body.data.id);
  };
  await create(rest, ['ml', 'training']);
  await create(rest, ['ml']);
  await create(other, ['training', 'ml', 'nightly']);
  await create(other, []);
});

async function list(query = '') {
  const { status, body } = await rest('GET', `/v1/workflows${query}`);
  expect(status).toBe(200);
  return { ...body, ids: body.data.map((item: { id: string }) => item.id) };
}

const finish = async (workflowId: string, status: 'completed' | 'failed') => {
  const { body } = await rest('POST', `/v1/workflows/${workflowId}/execute`);
  const at = '2030-01-01T00:00:00.000Z';
  const update = { type: 'closed', status, at, error: null } as const;
  const execution_id: string = body.data.execution_id;
  const stub = executionStub(env.EXECUTIONS, DEFAULT_WORKSPACE, execution_id);
  await stub.ingest({ execution_id, attempt: 1, updates: [update], logs: [] });
};

describe('GET /v1/workflows', () => {
  it('lists newest first', async () => {
    const page = await list();
    expect(page.ids).toEqual(ids);
    expect(page.pagination).toEqual({ page: 1, limit: 20, total: 4, has_next: false });
    for (const item of page.data) WorkflowListItem.strict().parse(item);
  });

  it('pages, and answers nothing past the end', async () => {
    const [first, second, third] = await Promise.all([1, 2, 3].map((page) => list(`?limit=3&page=${page}`)));
    expect(first?.ids).toEqual(ids.slice(0, 3));
    expect(first?.pagination).toEqual({ page: 1, limit: 3, total: 4, has_next: true });
    expect(second?.ids).toEqual(ids.slice(3));
    expect(second?.pagination.has_next).toBe(false);
    expect(third?.ids).toEqual([]);
    expect(third?.pagination).toEqual({ page: 3, limit: 3, total: 4, has_next: false });
  });

  it('answers workflows that have all of the tags, repeated or by comma', async () => {
    const [newest, tagged, single, first] = ids;
    expect((await list('?tags=ml')).ids).toEqual([tagged, single, first]);
    for (const query of ['?tags=ml,training', '?tags=ml&tags=training', '?tags=training,,ml']) {
      const page = await list(query);
      expect(page.ids).toEqual([tagged, first]);
      expect(page.pagination.total).toBe(2);
    }
    expect((await list('?tags=nope')).ids).toEqual([]);
    expect((await list('?created_by=user_456')).ids).toEqual([newest, tagged]);
    expect((await list('?created_by=user_456&tags=ml')).ids).toEqual([tagged]);
  });

  it('filters by how the last execution ended', async () => {
    const [, second, third] = ids as [string, string, string];
    await finish(second, 'completed');
    await finish(third, 'failed');
    expect((await list('?status=completed')).ids).toEqual([second]);
    expect((await list('?status=failed')).ids).toEqual([third]);
    await finish(third, 'completed');
    expect((await list('?status=completed')).ids).toEqual([second, third]);
    expect((await list('?status=failed')).ids).toEqual([]);
    expect((await list('?status=active')).ids).toEqual([]);
    expect((await list('?status=paused')).ids).toEqual([]);
  });

  it('filters by the status of the workflow, and hides archived ones', async () => {
    const [newest, second, third, first] = ids as [string, string, string, string];
    const set = (id: string, status: string) =>
      env.DB.prepare('UPDATE workflows SET status = ? WHERE id = ?').bind(status, id).run();
    await Promise.all([set(newest, 'active'), set(second, 'paused'), set(third, 'archived')]);
    expect((await list('?status=active')).ids).toEqual([newest]);
    expect((await list('?status=paused&tags=ml')).ids).toEqual([second]);
    const all = await list();
    expect(all.ids).toEqual([newest, second, first]);
    expect(all.pagination.total).toBe(3);
    for (const id of ids) await set(id, 'created');
  });

  it.each([
    ['?limit=101', 'limit'],
    ['?limit=0', 'limit'],
    ['?limit=1.5', 'limit'],
    ['?limit=', 'limit'],
    ['?limit=1e1', 'limit'],
    ['?page=0', 'page'],
    ['?page=-1', 'page'],
    ['?page=2&page=3', 'page'],
    ['?status=archived', 'status'],
    ['?stauts=active', 'stauts'],
    ['?__proto__=1', '__proto__'],
  ])('refuses %s', async (query, path) => {
    const { status, body } = await rest('GET', `/v1/workflows${query}`);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path }] });
  });

  it('answers the same under the literal documented path', async () => {
    expect((await rest('GET', '/v1/workflows/workflows')).body).toEqual((await rest('GET', '/v1/workflows')).body);
    expect((await rest('GET', `/v1/workflows/workflows/${ids[0]}`)).body.data.id).toBe(ids[0]);
  });
});
