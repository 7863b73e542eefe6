import { describe, expect, it } from 'vitest';
import { ExecutionListItem } from '../../../shared/schemas/execution.ts';
import { rest } from './caller.ts';
import { at, createWorkflow, execute, finish, workflowId } from './pipeline.ts';

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
