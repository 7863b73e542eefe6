import { env } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRest, newKey, type Rest } from './client.ts';
import { announceWorker } from './worker.ts';

let rest: Rest;
let workflowId: string;
let keys = 0;
let key: string;

beforeAll(async () => {
  await announceWorker();
  rest = createRest(await newKey(['read', 'write']));
  workflowId = (await create({}, 'set-up')).body.data.id;
});

beforeEach(() => {
  key = `key-${++keys}`;
});

const create = (changes: object, idempotencyKey = key) =>
  rest('POST', '/v1/workflows', {
    body: { name: 'w', steps: [{ id: 'a', plugin: 'core', operation: 'echo' }], ...changes },
    headers: { 'idempotency-key': idempotencyKey },
  });
const execute = (body: object = {}, idempotencyKey = key) =>
  rest('POST', `/v1/workflows/${workflowId}/execute`, { body, headers: { 'idempotency-key': idempotencyKey } });

const countExecutions = async (name: string): Promise<number> =>
  (await rest('GET', `/v1/workflows/executions?name=${name}`)).body.data.length;

describe('Idempotency-Key', () => {
  it('answers a repeated create as the first time', async () => {
    const first = await create({});
    const second = await create({});
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
  });

  it('answers a repeated execute with the execution that the first has started, and starts nothing', async () => {
    const first = await execute({ execution_name: key });
    const second = await execute({ execution_name: key });
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(second.status).toBe(202);
    expect(second.body.data.execution_id).toBe(first.body.data.execution_id);
    expect(await countExecutions(key)).toBe(1);
  });

  it('starts one execution for many requests at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => execute({ execution_name: key })));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(202));
    expect(new Set(answers.map(({ body }) => body.data.execution_id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(await countExecutions(key)).toBe(1);
  });

  it('takes a body whose keys come in another order for the same, at any depth', async () => {
    const config = (...entries: [string, unknown][]) => ({
      steps: [{ id: 'a', plugin: 'core', operation: 'echo', config: Object.fromEntries(entries) }],
    });
    const first = await create(config(['x', 1], ['y', [{ b: 2, a: null }]]));
    const second = await create(config(['y', [{ a: null, b: 2 }]], ['x', 1]));
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
    expect((await create(config(['x', 1], ['y', [{ b: null, a: 2 }]]))).status).toBe(409);
    const other = `${key}-execute`;
    await execute({ parameters: { x: 1, y: 2 } }, other);
    expect((await execute({ parameters: { y: 2, x: 1 } }, other)).headers.get('idempotent-replayed')).toBe('true');
  });

  it('refuses another body under the same key', async () => {
    await execute({ priority: 'high' });
    const { status, body } = await execute({ priority: 'low' });
    expect([status, body.error.code]).toEqual([409, 'CONFLICT']);
  });

  it.each(['a b', 'x'.repeat(256)])('refuses the key %s', async (unfit) => {
    const { status, body } = await create({}, unfit);
    expect([status, body.error.details[0].path]).toEqual([400, 'Idempotency-Key']);
  });

  it('keeps the keys of different operations apart', async () => {
    expect((await create({})).status).toBe(201);
    const { status, headers } = await execute();
    expect([status, headers.get('idempotent-replayed')]).toEqual([202, null]);
  });

  it('lets a refused request be corrected under its key', async () => {
    expect((await create({ name: '' })).status).toBe(400);
    expect((await create({})).status).toBe(201);
  });

  it('finishes under the same id what a crash left between the key and the execution', async () => {
    const row = await env.DB.prepare(
      "SELECT workspace_id, operation FROM idempotency_keys WHERE operation = 'workflows.execute' LIMIT 1",
    ).first();
    expect(row).not.toBeNull();
    const first = await execute({ execution_name: key });
    const id = 'exec_01m00000000000000000';
    // As if the first request had died after it stored its key and before it made anything.
    await env.DB.prepare('UPDATE idempotency_keys SET resource_id = ?, status = NULL WHERE key = ?')
      .bind(id, key)
      .run();
    const second = await execute({ execution_name: key });
    expect(second.status).toBe(202);
    expect(second.body.data.execution_id).toBe(id);
    expect(first.body.data.execution_id).not.toBe(id);
  });

  it('answers the execution that a crash left without a stored answer', async () => {
    const first = await execute({ execution_name: key });
    await env.DB.prepare('UPDATE idempotency_keys SET status = NULL WHERE key = ?').bind(key).run();
    const second = await execute({ execution_name: key });
    expect(second.body.data.execution_id).toBe(first.body.data.execution_id);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await countExecutions(key)).toBe(1);
  });

  it('forgets a key after 24 hours', async () => {
    await execute({ priority: 'high' });
    const old = new Date(Date.now() - 24 * 3_600_000 - 1).toISOString();
    await env.DB.prepare('UPDATE idempotency_keys SET created_at = ? WHERE key = ?').bind(old, key).run();
    const { status, headers } = await execute({ priority: 'low' });
    expect([status, headers.get('idempotent-replayed')]).toEqual([202, null]);
  });

  it.each([['x'.repeat(256)], ['a b'], ['é']])('refuses the key %s', async (bad) => {
    const { status, body } = await execute({}, bad);
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  const batch = (names: string, size: number) =>
    rest('POST', `/trpc/${names}?batch=1`, {
      body: Object.fromEntries(
        Array.from({ length: size }, (_, index) => [index, { workflow_id: workflowId, execution_name: key }]),
      ),
      headers: { 'idempotency-key': key },
    });

  it.each(['workflows.execute,workflows.execute', 'workflows.execute%2Cworkflows.execute'])(
    'is refused for the batch %s, and nothing starts',
    async (names) => {
      const { status, body } = await batch(names, 2);
      expect([status, body.error.data.error.code]).toEqual([400, 'VALIDATION_ERROR']);
      expect(body.error.data.error.request_id).toMatch(/^req_/);
      expect(await countExecutions(key)).toBe(0);
    },
  );

  it('is taken for a batch of one', async () => {
    expect((await batch('workflows.execute', 1)).status).toBe(200);
    expect((await batch('workflows.execute', 1)).headers.get('idempotent-replayed')).toBe('true');
    expect(await countExecutions(key)).toBe(1);
  });
});
