import { env } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { executionStub } from '../../../edge/durable/stubs.ts';
import { DEFAULT_WORKSPACE } from '../../../edge/repositories/database.ts';
import { canonicalJson } from '../../../edge/services/canonical-json.ts';
import { sha256 } from '../../../edge/sha256.ts';
import type { Update } from '../../../shared/schemas/update.ts';
import { createRest, newKey, type Rest } from './client.ts';
import { announceWorker, plugin } from './worker.ts';

const START = '2026-01-01T00:00:01.000Z';
const END = '2026-01-01T00:00:02.000Z';

let rest: Rest;
let workflowId: string;
let keys = 0;
let key: string;

const definition = { name: 'w', steps: [{ id: 'a', plugin: 'core', operation: 'echo' }] };

beforeAll(async () => {
  await announceWorker();
  rest = createRest(await newKey(['read', 'write']));
  workflowId = (await rest('POST', '/v1/workflows', { body: definition })).body.data.id;
});

beforeEach(() => {
  key = `replay-${++keys}`;
});

const post = (path: string, body: object) => rest('POST', path, { body, headers: { 'idempotency-key': key } });
const execute = (body: object = {}) => post(`/v1/workflows/${workflowId}/execute`, body);
const stop = (id: string, body: object = {}) => post(`/v1/workflows/executions/${id}/stop`, body);
const trpc = (procedure: string, input: object) => post(`/trpc/${procedure}`, input);

const tell = (id: string, updates: Update[]) =>
  executionStub(env.EXECUTIONS, DEFAULT_WORKSPACE, id).ingest({ execution_id: id, attempt: 1, updates, logs: [] });
const started: Update = { type: 'execution_started', at: START };
const end: Update = { type: 'closed', status: 'completed', at: END, error: null };

const isReplay = ({ headers }: { headers: Headers }) => headers.get('idempotent-replayed') === 'true';
const setRow = (assignment: string) =>
  env.DB.prepare(`UPDATE idempotency_keys SET ${assignment} WHERE key = ?`).bind(key).run();

describe('a repeated request', () => {
  it('answers an execution that was queued then as it is now', async () => {
    const first = await execute();
    const id = first.body.data.execution_id;
    expect(first.body.data.status).toBe('queued');
    await tell(id, [started]);
    const second = await execute();
    expect(second.body.data).toMatchObject({
      execution_id: id,
      status: 'running',
      waiting_for: null,
      started_at: START,
    });
    await tell(id, [end]);
    const third = await execute();
    expect([third.status, isReplay(third)]).toEqual([202, true]);
    expect(third.body.data).toMatchObject({ execution_id: id, status: 'completed', completed_at: END });
  });

  it('at the same time as the first waits for the one execution that they make', async () => {
    const requests = Array.from({ length: 5 }, () => execute({ async: false }));
    const id = await idOfKey();
    await tell(id, [started, end]);
    const answers = await Promise.all(requests);
    expect(answers.map(({ status, body }) => [status, body.data.execution_id, body.data.status])).toEqual(
      Array(5).fill([202, id, 'completed']),
    );
    expect(answers.filter((answer) => !isReplay(answer))).toHaveLength(1);
  });

  it('answers the same over tRPC', async () => {
    const first = await trpc('workflows.execute', { workflow_id: workflowId });
    const id = first.body.result.data.execution_id;
    await tell(id, [started, end]);
    const second = await trpc('workflows.execute', { workflow_id: workflowId });
    expect(isReplay(second)).toBe(true);
    expect(second.body.result.data).toMatchObject({ execution_id: id, status: 'completed' });
  });

  it('waits with async: false until the execution has ended, although the first gave up', async () => {
    const waiting = execute({ async: false });
    const id = await idOfKey();
    await tell(id, [started]);
    // As if its minute were over: the answer has been given.
    await setRow('status = 202');
    const second = execute({ async: false });
    await tell(id, [end]);
    const answers = await Promise.all([waiting, second, execute({ async: false })]);
    expect(answers.map(isReplay)).toEqual([false, true, true]);
    for (const { body } of answers)
      expect(body.data).toMatchObject({ execution_id: id, status: 'completed', completed_at: END });
  });

  it('answers a workflow whose plugin has gone away since with what is missing now', async () => {
    await announceWorker({
      plugins: [plugin('core', { echo: { type: 'object' } }), plugin('gone', { run: { type: 'object' } })],
    });
    const body = { name: 'w', steps: [{ id: 'a', plugin: 'gone', operation: 'run' }] };
    const first = await post('/v1/workflows', body);
    expect(first.body.data.validation_results.plugins_available).toBe(true);
    await announceWorker();
    const second = await post('/v1/workflows', body);
    expect([second.status, isReplay(second)]).toEqual([201, true]);
    expect(second.body.data.id).toBe(first.body.data.id);
    expect(second.body.data.validation_results.plugins_available).toBe(false);
    await announceWorker();
  });

  it('has the HTTP status of the first', async () => {
    await execute();
    await setRow('status = 200');
    expect((await execute()).status).toBe(200);
  });

  it('is not found when what the first made has been deleted since', async () => {
    await execute();
    await setRow("resource_id = 'exec_deleted'");
    const { status, body } = await execute();
    expect([status, body.error.code]).toEqual([404, 'EXECUTION_NOT_FOUND']);
  });

  it('is not found either when the first ended before it could say that it was done', async () => {
    const first = await post('/v1/workflows', definition);
    await setRow('status = NULL');
    const second = await post('/v1/workflows', definition);
    expect([second.status, isReplay(second), second.body.data.id]).toEqual([201, true, first.body.data.id]);
    await setRow("resource_id = 'wf_deleted'");
    const third = await post('/v1/workflows', definition);
    expect([third.status, third.body.error.code]).toEqual([404, 'WORKFLOW_NOT_FOUND']);
  });

  it('is answered although the workflow is paused now, since nothing is started', async () => {
    const first = await execute();
    await env.DB.prepare("UPDATE workflows SET status = 'paused' WHERE id = ?").bind(workflowId).run();
    const second = await execute();
    await env.DB.prepare("UPDATE workflows SET status = 'created' WHERE id = ?").bind(workflowId).run();
    expect([second.status, second.body.data.execution_id]).toEqual([202, first.body.data.execution_id]);
  });
});

describe('a repeated stop', () => {
  it('answers the execution as it is now', async () => {
    const id = (await rest('POST', `/v1/workflows/${workflowId}/execute`, { body: {} })).body.data.execution_id;
    await tell(id, [started]);
    const first = await stop(id, { reason: 'enough' });
    expect([first.status, first.body.data.status, isReplay(first)]).toEqual([202, 'stopping', false]);
    await tell(id, [{ ...end, type: 'closed', status: 'stopped', at: END, error: null }]);
    const second = await stop(id, { reason: 'enough' });
    expect([second.status, isReplay(second)]).toEqual([202, true]);
    expect(second.body.data).toMatchObject({ status: 'stopped', completed_at: END });
    expect((await stop(id, { reason: 'other' })).body.error.code).toBe('CONFLICT');
  });

  it('at the same time as the first is answered like it, and stops once', async () => {
    const id = (await rest('POST', `/v1/workflows/${workflowId}/execute`, { body: {} })).body.data.execution_id;
    await tell(id, [started]);
    const answers = await Promise.all(Array.from({ length: 10 }, () => stop(id, { reason: 'enough' })));
    expect(answers.map(({ status, body }) => [status, body.data.execution_id, body.data.status])).toEqual(
      Array(10).fill([202, id, 'stopping']),
    );
    expect(answers.filter((answer) => !isReplay(answer))).toHaveLength(1);
    const { body } = await rest('GET', `/v1/workflows/executions/${id}/events`);
    const stopping = body.data.filter(({ type }: { type: string }) => type === 'workflow.execution.stopping');
    expect(stopping).toHaveLength(1);
  });

  it('stops what the first did not come to stop', async () => {
    const id = (await rest('POST', `/v1/workflows/${workflowId}/execute`, { body: {} })).body.data.execution_id;
    await tell(id, [started]);
    // As if the first had died between its key and the stop.
    await env.DB.prepare(
      `INSERT INTO idempotency_keys (workspace_id, operation, key, input_hash, resource_id, created_at)
       VALUES (?, 'executions.stop', ?, ?, ?, ?)`,
    )
      .bind(DEFAULT_WORKSPACE, key, await sha256(canonicalJson({ execution_id: id })), id, new Date().toISOString())
      .run();
    const again = await stop(id);
    expect([again.status, isReplay(again), again.body.data.status]).toEqual([202, true, 'stopping']);
  });

  it('of an execution that there is not leaves no trace', async () => {
    expect((await stop('exec_nope')).status).toBe(404);
    const row = await env.DB.prepare('SELECT key FROM idempotency_keys WHERE key = ?').bind(key).first();
    expect(row).toBeNull();
  });
});

describe('what is kept of a request', () => {
  it('is which resource it made and under which status, and nothing of the answer', async () => {
    const { body } = await execute({ execution_name: 'told once' });
    const row = await env.DB.prepare('SELECT * FROM idempotency_keys WHERE key = ?').bind(key).first();
    expect(Object.keys(row ?? {}).sort()).toEqual(
      ['created_at', 'input_hash', 'key', 'operation', 'resource_id', 'status', 'workspace_id'].sort(),
    );
    expect(row).toMatchObject({ resource_id: body.data.execution_id, status: 202 });
    expect(JSON.stringify(row)).not.toContain('told once');
  });
});

/** The execution that the request with the key has made, once it has. */
async function idOfKey(): Promise<string> {
  for (;;) {
    const row = await env.DB.prepare('SELECT resource_id FROM idempotency_keys WHERE key = ?')
      .bind(key)
      .first<{ resource_id: string }>();
    if (row && (await rest('GET', `/v1/workflows/executions/${row.resource_id}`)).status === 200)
      return row.resource_id;
  }
}
