import { env, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { executionStub } from '../../../edge/durable/stubs.ts';
import { DEFAULT_WORKSPACE } from '../../../edge/repositories/database.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { StartedExecution } from '../../../shared/schemas/execution.ts';
import { rest } from './caller.ts';
import { createWorkflow, execute, finish, workflowId } from './pipeline.ts';
import { announceWorker } from './worker.ts';

describe('POST /v1/workflows/{id}/execute', () => {
  it('accepts an execution with an empty body', async () => {
    const { status, body } = await execute();
    expect(status).toBe(202);
    expect(StartedExecution.strict().parse(body.data)).toMatchObject({
      execution_id: expect.stringMatching(/^exec_/),
      workflow_id: workflowId,
      status: 'queued',
      started_at: null,
      current_step: null,
      waiting_for: null,
      estimated_completion: null,
      triggered_by: { type: 'api', actor: 'user_123' },
      progress: { completed_steps: 0, total_steps: 2, percentage: 0 },
      failed_step: null,
      warnings: [],
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

  it('waits for the engine when no worker reaches it', async () => {
    await announceWorker({});
    const said = (engine: string) => env.DB.prepare('UPDATE workers SET engine = ?').bind(engine).run();
    await said('down');
    expect((await execute()).body.data.waiting_for).toMatchObject({ reason: 'engine_down' });
    await said('up');
    expect((await execute()).body.data.waiting_for).toBeNull();
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
