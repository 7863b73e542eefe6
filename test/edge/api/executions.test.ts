import { env, runInDurableObject } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { executionStub } from '../../../edge/durable/stubs.ts';
import { DEFAULT_WORKSPACE } from '../../../edge/repositories/database.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { Execution, ExecutionListItem, ExecutionSummary } from '../../../shared/schemas/execution.ts';
import { LogEntry } from '../../../shared/schemas/log.ts';
import type { StepResult, Update } from '../../../shared/schemas/update.ts';
import { createRest, newKey, type Rest } from './client.ts';
import { announceWorker } from './worker.ts';

let rest: Rest;
let workflowId: string;

beforeAll(async () => {
  rest = createRest(await newKey(['read', 'write']));
});

beforeEach(async () => {
  await announceWorker();
  workflowId = await createWorkflow();
});

async function createWorkflow(more: object = {}): Promise<string> {
  const steps = [
    { id: 'a', plugin: 'core', operation: 'echo', config: { v: 1 } },
    { id: 'b', plugin: 'core', operation: 'echo', depends_on: ['a'] },
  ];
  const { body } = await rest('POST', '/v1/workflows', { body: { name: 'pipeline', steps, ...more } });
  return body.data.id;
}

const execute = (body?: object, id = workflowId) =>
  rest('POST', `/v1/workflows/${id}/execute`, body === undefined ? {} : { body });

const at = (second: number) => new Date(Date.UTC(2030, 0, 1, 0, 0, second)).toISOString();

const result = (step_id: string, from: number, to: number, more: Partial<StepResult> = {}): StepResult => ({
  step_id,
  status: 'completed',
  tries: 1,
  started_at: at(from),
  completed_at: at(to),
  output: { step: step_id },
  error: null,
  usage: null,
  artifacts: [],
  ...more,
});

const ending = (status: 'completed' | 'failed' | 'timed_out', steps: StepResult[]): Update => ({
  type: 'result',
  status,
  started_at: at(0),
  completed_at: at(10),
  error: null,
  page: 0,
  pages: 1,
  steps,
});

function ingest(id: string, updates: Update[], attempt = 1) {
  return executionStub(env.EXECUTIONS, DEFAULT_WORKSPACE, id).ingest({ execution_id: id, attempt, updates, logs: [] });
}

async function finish(id: string, status: 'completed' | 'failed' | 'timed_out' = 'completed') {
  await ingest(id, [{ type: 'execution_started', at: at(0) }]);
  await ingest(id, [ending(status, [result('a', 0, 4), result('b', 4, 10)])]);
}

describe('POST /v1/workflows/{id}/execute', () => {
  it('accepts an execution with an empty body', async () => {
    const { status, body } = await execute();
    expect(status).toBe(202);
    expect(ExecutionSummary.strict().parse(body.data)).toMatchObject({
      execution_id: expect.stringMatching(/^exec_/),
      workflow_id: workflowId,
      status: 'queued',
      started_at: null,
      current_step: null,
      waiting_for: null,
      estimated_completion: null,
      triggered_by: { type: 'api', actor: 'user_123' },
      progress: { completed_steps: 0, total_steps: 2, percentage: 0 },
      execution_url: `http://127.0.0.1:8233/namespaces/default/workflows/${body.data.execution_id}.1`,
    });
  });

  it('keeps name, parameters and priority', async () => {
    const { body } = await execute({ execution_name: 'try 1', parameters: { since: '2024' }, priority: 'critical' });
    const got = await rest('GET', `/v1/workflows/executions/${body.data.execution_id}`);
    expect(got.body.data).toMatchObject({
      execution_name: 'try 1',
      parameters: { since: '2024' },
      priority: 'critical',
    });
  });

  it('merges step overrides into the plan', async () => {
    const { body } = await execute({ step_overrides: { a: { config: { w: 2, v: null }, timeout: '5s' } } });
    const plan = await executionStub(env.EXECUTIONS, DEFAULT_WORKSPACE, body.data.execution_id).plan(1);
    expect(plan?.specs.a?.config).toEqual({ w: 2 });
    expect(plan?.steps[0]?.timeout_ms).toBe(5_000);
  });

  it('removes the config of a step by null, and checks what is left', async () => {
    const { body } = await execute({ step_overrides: { a: { config: null } } });
    const plan = await executionStub(env.EXECUTIONS, DEFAULT_WORKSPACE, body.data.execution_id).plan(1);
    expect(plan?.specs.a?.config).toEqual({});
    const steps = [{ id: 'nap', plugin: 'core', operation: 'sleep', config: { duration: '1s' } }];
    const refused = await execute({ step_overrides: { nap: { config: null } } }, await createWorkflow({ steps }));
    expect(refused.status).toBe(400);
    expect(refused.body.error.details).toMatchObject([{ path: 'step_overrides.nap.config.duration' }]);
  });

  it('waits for a worker when none is connected', async () => {
    await announceWorker({}, { connected: false });
    const { status, body } = await execute();
    expect(status).toBe(202);
    expect(body.data).toMatchObject({
      status: 'queued',
      waiting_for: { reason: 'no_worker' },
      execution_url: `http://127.0.0.1:8233/namespaces/default/workflows/${body.data.execution_id}.1`,
    });
  });

  it('does not count a worker that fell silent as live', async () => {
    await announceWorker({}, { now: new Date(Date.now() - 31_000).toISOString() });
    expect((await execute()).body.data.waiting_for).toMatchObject({ reason: 'no_worker' });
  });

  it('answers 503 when a live worker is there but none offers the operation', async () => {
    const id = await createWorkflow({ steps: [{ id: 'q', plugin: 'warehouse', operation: 'query' }] });
    const { status, body } = await execute({}, id);
    expect(status).toBe(503);
    expect(body.error).toMatchObject({ code: 'PLUGIN_UNAVAILABLE', message: expect.stringContaining('warehouse') });
  });

  it('answers 503 when the pool no longer has the resources', async () => {
    const steps = [{ id: 'a', plugin: 'core', operation: 'echo', resources: { max_workers: 10 } }];
    const id = await createWorkflow({ steps });
    await announceWorker({ capacity: { max_workers: 5 } });
    const { status, body } = await execute({}, id);
    expect(status).toBe(503);
    expect(body.error.code).toBe('RESOURCE_INSUFFICIENT');
  });

  it('sends the start to the pool that has the resources', async () => {
    const pool = 'wide';
    await announceWorker({ worker_id: 'worker_2', pool, capacity: { max_workers: 50 } });
    const steps = [{ id: 'a', plugin: 'core', operation: 'echo', resources: { max_workers: 50 } }];
    const { body } = await execute({}, await createWorkflow({ steps }));
    await vi.waitFor(async () => {
      const queue = env.DISPATCH.getByName(`${DEFAULT_WORKSPACE}/${pool}/0`);
      const commands = await runInDurableObject(queue, (_instance, { storage }) =>
        storage.sql.exec('SELECT execution_id FROM commands').toArray(),
      );
      expect(commands).toEqual([{ execution_id: body.data.execution_id }]);
    });
    await env.DB.batch([
      env.DB.prepare('DELETE FROM workers WHERE pool = ?').bind(pool),
      env.DB.prepare('DELETE FROM plugin_catalogue WHERE pool = ?').bind(pool),
    ]);
  });

  it.each([
    ['an unknown workflow', 'wf_nope', {}, 404, 'WORKFLOW_NOT_FOUND'],
    ['an unknown step', null, { step_overrides: { c: {} } }, 400, 'VALIDATION_ERROR'],
    ['an override that breaks the step', null, { step_overrides: { a: { timeout: 'soon' } } }, 400, 'VALIDATION_ERROR'],
    ['an override of the plugin', null, { step_overrides: { a: { plugin: 'x' } } }, 400, 'VALIDATION_ERROR'],
    [
      'an override that reads a step downstream',
      null,
      { step_overrides: { a: { config: { v: '${{ steps.b.output }}' } } } },
      422,
      'STEP_DEPENDENCY_ERROR',
    ],
    ['an unknown priority', null, { priority: 'urgent' }, 400, 'VALIDATION_ERROR'],
    ['async that is no boolean', null, { async: 'false' }, 400, 'VALIDATION_ERROR'],
    ['parameters that are a list', null, { parameters: [] }, 400, 'VALIDATION_ERROR'],
    ['parameters past the limit', null, { parameters: { x: 'y'.repeat(256 * 1024) } }, 400, 'VALIDATION_ERROR'],
    ['an invisible name', null, { execution_name: '\u200b' }, 400, 'VALIDATION_ERROR'],
    ['another id in the body', null, { workflow_id: 'wf_other' }, 400, 'VALIDATION_ERROR'],
  ])('refuses %s', async (_, id, body, status, code) => {
    const answer = await execute(body, id ?? workflowId);
    expect(answer.body.error?.code).toBe(code);
    expect(answer.status).toBe(status);
  });

  it.each(['paused', 'archived'])('refuses a workflow that is %s', async (status) => {
    await env.DB.prepare('UPDATE workflows SET status = ? WHERE id = ?').bind(status, workflowId).run();
    const answer = await execute();
    expect([answer.status, answer.body.error.code]).toEqual([409, 'CONFLICT']);
    expect(answer.body.error.message).toContain(status);
  });

  it('takes a name and parameters at their limits, and not past them', async () => {
    const bodies = (beyond: number) => [
      { execution_name: 'n'.repeat(LIMITS.name + beyond) },
      { parameters: { x: 'y'.repeat(LIMITS.parametersBytes - '{"x":""}'.length + beyond) } },
    ];
    for (const body of bodies(0)) expect((await execute(body)).status).toBe(202);
    for (const body of bodies(1)) expect((await execute(body)).status).toBe(400);
  });

  it('holds the answer of async: false until the end', async () => {
    const held = execute({ async: false, execution_name: 'held' });
    let found: { execution_id: string } | undefined;
    while (!found) found = (await rest('GET', '/v1/workflows/executions?name=held')).body.data[0];
    await finish(found.execution_id);
    const { status, body } = await held;
    expect(status).toBe(202);
    expect(body.data).toMatchObject({ status: 'completed', duration_seconds: 10, current_step: null });
  });

  it('estimates the end by how long the steps took before', async () => {
    await finish((await execute()).body.data.execution_id);
    const { created_at, estimated_completion } = (await execute()).body.data;
    expect(Date.parse(estimated_completion) - Date.parse(created_at)).toBe(10_000);
  });
});

describe('an execution', () => {
  let id: string;
  beforeEach(async () => {
    id = (await execute()).body.data.execution_id;
  });

  it('is answered with its steps', async () => {
    const { status, body } = await rest('GET', `/v1/workflows/executions/${id}`);
    expect(status).toBe(200);
    expect(Execution.parse(body.data).step_details).toMatchObject([
      { id: 'a', status: 'pending', depends_on: [] },
      { id: 'b', status: 'pending', depends_on: ['a'] },
    ]);
  });

  it('is stopped, and stopping it again answers its state', async () => {
    const stop = (body: object) => rest('POST', `/v1/workflows/executions/${id}/stop`, { body });
    const hidden = await stop({ reason: 'a\u202eb' });
    expect(hidden.body.error.details).toMatchObject([{ path: 'reason' }]);
    const first = await stop({ reason: 'enough\n\tof it' });
    expect(first.status).toBe(202);
    expect(first.body.data).toMatchObject({ reason: 'enough\n\tof it', step_details: expect.any(Array) });
    expect((await stop({ reason: 'again' })).body.data.reason).toBe('enough\n\tof it');
  });

  it('answers its state when it is stopped after its end', async () => {
    await finish(id);
    const { status, body } = await rest('POST', `/v1/workflows/executions/${id}/stop`);
    expect(status).toBe(202);
    expect(body.data.status).toBe('completed');
  });

  it('lists its events after a sequence number', async () => {
    await finish(id);
    const all = await rest('GET', `/v1/workflows/executions/${id}/events`);
    const seqs = all.body.data.map((event: { seq: number }) => event.seq);
    expect(seqs).toEqual(seqs.map((_: number, i: number) => i + 1));
    const page = await rest('GET', `/v1/workflows/executions/${id}/events?after_seq=1&limit=1`);
    expect(page.body.data).toEqual([all.body.data[1]]);
    expect(page.body.pagination).toEqual({ limit: 1, has_next: true, next_after_seq: 2 });
    const end = await rest('GET', `/v1/workflows/executions/${id}/events?after_seq=${seqs.length}`);
    expect(end.body.data).toEqual([]);
    expect(end.body.pagination).toEqual({ limit: 100, has_next: false, next_after_seq: seqs.length });
  });

  it('answers the output of a step, and says when there is none', async () => {
    await ingest(id, [{ type: 'step_ended', result: result('a', 0, 4) }]);
    const output = (step: string) => rest('GET', `/v1/workflows/executions/${id}/outputs/${step}`);
    expect((await output('a')).body.data).toEqual({ execution_id: id, step_id: 'a', output: { step: 'a' } });
    for (const step of ['b', 'zz', '__proto__']) {
      const answer = await output(step);
      expect([answer.status, answer.body.error.code]).toEqual([404, 'OUTPUT_NOT_FOUND']);
    }
  });

  it('answers an output at the limit of size, whatever it takes as a value', async () => {
    const path = `${id}/1/a/1`;
    // Nine bytes each as a value, four as JSON.
    const json = `[${'0.5,'.repeat(LIMITS.outputBytes / 4 - 2)}0.5]`.padEnd(LIMITS.outputBytes);
    const output = { $ref: `output://${path}`, size: json.length, sha256: 'x' };
    await env.BLOBS.put(`outputs/${DEFAULT_WORKSPACE}/${path}`, json);
    await ingest(id, [{ type: 'step_ended', result: result('a', 0, 4, { output }) }]);
    const { status, body } = await rest('GET', `/v1/workflows/executions/${id}/outputs/a`);
    expect(status).toBe(200);
    expect(body.data.output).toHaveLength(LIMITS.outputBytes / 4 - 1);
  });

  it('answers its log, filtered', async () => {
    const line = (n: number, level: 'DEBUG' | 'INFO' | 'ERROR', step_id: string | null) => ({
      source: `${step_id ?? 'run'}/1`,
      n,
      timestamp: at(n),
      level,
      step_id,
      plugin: step_id && 'core',
      message: `line ${n}`,
      metadata: {},
    });
    const logs = [line(1, 'DEBUG', 'a'), line(2, 'INFO', null), line(3, 'ERROR', 'a'), line(4, 'INFO', 'b')];
    await executionStub(env.EXECUTIONS, DEFAULT_WORKSPACE, id).ingest({
      execution_id: id,
      attempt: 1,
      updates: [],
      logs,
    });
    const read = async (query: string) => {
      const { status, body } = await rest('GET', `/v1/workflows/executions/${id}/logs${query}`);
      expect(status).toBe(200);
      return { ...body.data, lines: body.data.logs.map((entry: LogEntry) => entry.message) };
    };
    const all = await read('');
    expect(all.logs.map((entry: unknown) => LogEntry.strict().parse(entry))).toHaveLength(4);
    expect(all.pagination).toEqual({ total_entries: 4, returned_entries: 4, has_more: false, next_cursor: null });
    expect(all.logs[0].metadata).toMatchObject({
      correlation_id: expect.any(String),
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect((await read('?level=INFO')).lines).toEqual(['line 2', 'line 3', 'line 4']);
    expect((await read('?step_id=a')).lines).toEqual(['line 1', 'line 3']);
    expect((await read(`?start_time=${at(2)}&end_time=${at(4)}`)).lines).toEqual(['line 2', 'line 3']);
    expect((await read(`?start_time=${encodeURIComponent('2030-01-01T01:00:03+01:00')}`)).lines).toEqual([
      'line 3',
      'line 4',
    ]);
    expect((await read('?start_time=2030-01-01&end_time=2030-01-02')).lines).toHaveLength(4);
    expect((await read('?start_time=2030-01-02')).lines).toEqual([]);
    expect((await read('?end_time=2029-12-31T23:00:02-0100')).lines).toEqual(['line 1']);
    const first = await read('?limit=3');
    expect(first.pagination).toMatchObject({ total_entries: 4, returned_entries: 3, has_more: true });
    expect((await read(`?limit=3&cursor=${encodeURIComponent(first.pagination.next_cursor)}`)).lines).toEqual([
      'line 4',
    ]);
  });

  it('answers pages at their limits', async () => {
    const last = <T>(items: T[]) => items.at(-1);
    const logs = Array.from({ length: LIMITS.logPage + 1 }, (_, n) => ({
      ...{ source: 'run/1', n, timestamp: at(n), level: 'INFO' as const, step_id: null, plugin: null },
      ...{ message: `line ${n}`, metadata: {} },
    }));
    const updates = Array.from({ length: 1_000 }, (_, n): Update => {
      const progress = { current_operation: `row ${n}`, percentage: 0 };
      return { type: 'step_progress', step_id: 'a', try: 1, n, progress };
    });
    const execution = executionStub(env.EXECUTIONS, DEFAULT_WORKSPACE, id);
    await execution.ingest({ execution_id: id, attempt: 1, updates, logs });
    const get = async (path: string) => (await rest('GET', `/v1/workflows/executions/${id}/${path}`)).body;
    const log = (await get(`logs?limit=${LIMITS.logPage}`)).data;
    expect(log.pagination).toMatchObject({ returned_entries: LIMITS.logPage, has_more: true });
    expect(last<LogEntry>(log.logs)?.message).toBe(`line ${LIMITS.logPage - 1}`);
    const behind = (await get(`logs?limit=${LIMITS.logPage}&cursor=${log.pagination.next_cursor}`)).data;
    expect(behind.logs.map((entry: LogEntry) => entry.message)).toEqual([`line ${LIMITS.logPage}`]);
    const events = await get('events?limit=1000');
    expect(events.data).toHaveLength(1_000);
    expect(events.pagination).toEqual({ limit: 1_000, has_next: true, next_after_seq: 1_000 });
    expect((await get('events?limit=1000&after_seq=1000')).pagination).toMatchObject({ has_next: false });
  });

  it.each([
    ['logs?limit=10001', 'limit'],
    ['logs?level=info', 'level'],
    ['logs?start_time=yesterday', 'start_time'],
    ['logs?cursor=nonsense', 'cursor'],
    ['events?after_seq=-1', 'after_seq'],
    ['events?limit=1001', 'limit'],
    ['events?after=1', 'after'],
  ])('refuses %s', async (path, field) => {
    const { status, body } = await rest('GET', `/v1/workflows/executions/${id}/${path}`);
    expect(status).toBe(400);
    expect(body.error.details[0].path).toBe(field);
  });

  it.each([
    ['GET', ''],
    ['POST', '/stop'],
    ['GET', '/logs'],
    ['GET', '/events'],
    ['GET', '/outputs/a'],
  ])('that does not exist is not found by %s %s', async (method, path) => {
    for (const unknown of ['exec_0000000000', 'nope', '..%2f..', '%00']) {
      const { status, body } = await rest(method, `/v1/workflows/executions/${unknown}${path}`);
      expect([status, body.error.code]).toEqual([404, 'EXECUTION_NOT_FOUND']);
    }
  });
});

describe('GET /v1/workflows/executions', () => {
  it('lists newest first, a page after the other, without gap or repetition', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await execute()).body.data.execution_id);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await rest('GET', `/v1/workflows/executions?workflow_id=${workflowId}&limit=2${more}`);
      for (const item of body.data) seen.push(ExecutionListItem.strict().parse(item).execution_id);
      expect(body.pagination.has_next).toBe(body.pagination.next_cursor !== null);
      cursor = body.pagination.next_cursor;
    }
    expect(seen).toEqual(ids);
  });

  it('filters by status, name, tag and time', async () => {
    const tagged = await createWorkflow({ tags: ['nightly', 'ml'] });
    const id = (await execute({ execution_name: 'only one' }, tagged)).body.data.execution_id;
    await finish(id);
    const list = async (query: string) => {
      const { status, body } = await rest('GET', `/v1/workflows/executions?${query}`);
      expect(status).toBe(200);
      return body.data.map((item: { execution_id: string }) => item.execution_id);
    };
    const { created_at } = (await rest('GET', `/v1/workflows/executions/${id}`)).body.data;
    const after = new Date(Date.parse(created_at) + 1).toISOString();
    expect(await list(`workflow_id=${tagged}&status=completed`)).toEqual([id]);
    expect(await list(`workflow_id=${tagged}&status=failed`)).toEqual([]);
    expect(await list('name=only%20one')).toEqual([id]);
    expect(await list('tag=nightly')).toEqual([id]);
    expect(await list('tag=nightly&status=queued')).toEqual([]);
    expect(await list(`tag=ml&from=${created_at}&to=${after}`)).toEqual([id]);
    expect(await list(`workflow_id=${tagged}&to=${created_at}`)).toEqual([]);
    expect(await list(`workflow_id=${tagged}&from=${created_at.slice(0, 10)}`)).toEqual([id]);
    expect(await list(`workflow_id=${tagged}&to=${created_at.slice(0, 10)}`)).toEqual([]);
    expect(await list(`workflow_id=${tagged}&from=${created_at.replace('Z', '-0000')}`)).toEqual([id]);
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=ten',
    'cursor=nonsense',
    'cursor=%25',
    'status=done',
    'from=monday',
    'page=2',
  ])('refuses %s', async (query) => {
    const { status, body } = await rest('GET', `/v1/workflows/executions?${query}`);
    expect([status, body.error?.code]).toEqual([400, 'VALIDATION_ERROR']);
  });
});

describe('the metrics of a workflow', () => {
  const metrics = async () => (await rest('GET', `/v1/workflows/${workflowId}`)).body.data;

  it('count each execution and each outcome once', async () => {
    for (const status of ['completed', 'failed', 'timed_out', 'completed', 'completed', 'completed'] as const)
      await finish((await execute()).body.data.execution_id, status);
    const last = (await execute()).body.data.execution_id;
    const workflow = await metrics();
    expect(workflow.metrics).toEqual({ total_executions: 7, success_rate: 0.667, avg_duration_seconds: 10 });
    expect(workflow.last_execution).toEqual({
      execution_id: last,
      status: 'queued',
      started_at: null,
      completed_at: null,
      duration_seconds: null,
    });
  });

  it('show the last execution as it ended', async () => {
    await finish((await execute()).body.data.execution_id);
    expect((await metrics()).last_execution).toMatchObject({
      status: 'completed',
      started_at: at(0),
      completed_at: at(10),
      duration_seconds: 10,
    });
  });
});
