import { beforeEach, describe, expect, it } from 'vitest';
import { listExecutions } from '../../../edge/repositories/execution-lists.ts';
import { updateExecutionIndex } from '../../../edge/repositories/executions.ts';
import { findWorkflow, insertWorkflow, type NewWorkflow } from '../../../edge/repositories/workflows.ts';
import type { Execution } from '../../../shared/schemas/execution.ts';
import { db } from '../api/client.ts';

let workflowId: string;
let count = 0;

beforeEach(async () => {
  workflowId = `wf_metrics_${++count}`;
  const workflow: NewWorkflow = {
    ...{ id: workflowId, workspace_id: 'default', name: 'w', version: '1.0.0', description: '' },
    ...{ tags: ['t'], created_by: 'user_1', created_at: '2024-01-01T00:00:00.000Z' },
    status: 'created',
  };
  await insertWorkflow(db, workflow, { name: 'w', steps: [] });
});

const state = (id: string, changes: Partial<Execution>): Execution => ({
  ...{ execution_id: `exec_${workflowId}_${id}`, workflow_id: workflowId, workflow_version: '1.0.0' },
  ...{ execution_name: null, status: 'queued', attempt: 1, seq: 1, priority: 'normal', parameters: {} },
  triggered_by: { type: 'api', actor: 'user_1' },
  ...{ created_at: `2024-01-0${id}T00:00:00.000Z`, scheduled_at: null, started_at: null, completed_at: null },
  ...{ updated_at: '2024-01-01T00:00:00.000Z', duration_seconds: null, estimated_completion: null },
  ...{ current_step: null, current_steps: [], waiting_for: null, reason: null, error: null, artifacts: [] },
  artifact_count: 0,
  progress: { completed_steps: 0, total_steps: 0, percentage: 0 },
  execution_url: null,
  resource_usage: { total_compute_hours: null, cost_usd: null, peak_memory_gb: null, peak_cpu_cores: null },
  step_details: [],
  ...changes,
});

/** What the test has written so far; an execution's object that was evicted in between does not know. */
const written = new Set<string>();
let remembers = false;

async function update(id: string, changes: Partial<Execution> = {}): Promise<void> {
  const execution = state(id, changes);
  const listed = remembers && written.has(execution.execution_id);
  await updateExecutionIndex(db, 'default', { execution, listed });
  written.add(execution.execution_id);
}

async function metrics() {
  const found = await findWorkflow(db, 'default', workflowId).get();
  if (!found) throw new Error('the workflow is gone');
  const { total_executions, completed_executions, failed_executions, timed_out_executions, completed_seconds } =
    found.workflow;
  return [total_executions, completed_executions, failed_executions, timed_out_executions, completed_seconds];
}

describe.each([
  ['whole', false],
  ['only what changes of a listed row', true],
])('updateExecutionIndex, writing %s', (_, known) => {
  beforeEach(() => {
    remembers = known;
  });

  it('counts an execution once in the total, however often its rows come', async () => {
    await update('1');
    await update('1');
    await update('1', { status: 'running', seq: 2 });
    expect(await metrics()).toEqual([1, 0, 0, 0, 0]);
  });

  it('counts an outcome once', async () => {
    for (let i = 0; i < 3; i++) await update('1', { status: 'completed', seq: 5, duration_seconds: 4 });
    expect(await metrics()).toEqual([1, 1, 0, 0, 4]);
  });

  it('puts the outcome of a later attempt in place of the earlier one', async () => {
    await update('1', { status: 'failed', seq: 5, duration_seconds: 3 });
    expect(await metrics()).toEqual([1, 0, 1, 0, 0]);
    await update('1', { status: 'running', attempt: 2, seq: 6 });
    expect(await metrics()).toEqual([1, 0, 1, 0, 0]);
    await update('1', { status: 'completed', attempt: 2, seq: 9, duration_seconds: 7 });
    expect(await metrics()).toEqual([1, 1, 0, 0, 7]);
    await update('1', { status: 'timed_out', attempt: 3, seq: 12, duration_seconds: 9 });
    expect(await metrics()).toEqual([1, 0, 0, 1, 0]);
    await update('1', { status: 'stopped', attempt: 4, seq: 15, duration_seconds: 1 });
    expect(await metrics()).toEqual([1, 0, 0, 0, 0]);
  });

  it('ignores a row that comes late', async () => {
    await update('1', { status: 'completed', attempt: 2, seq: 9, duration_seconds: 7 });
    await update('1', { status: 'failed', attempt: 1, seq: 5, duration_seconds: 3 });
    await update('1', { status: 'running', attempt: 2, seq: 8 });
    expect(await metrics()).toEqual([1, 1, 0, 0, 7]);
    const [row] = await listExecutions(db, { workspaceId: 'default', workflowId }, 1);
    expect(row).toMatchObject({ status: 'completed', attempt: 2 });
  });

  it('keeps the newest execution as the last one, whichever ends last', async () => {
    await update('1');
    await update('2', { status: 'running', seq: 2 });
    await update('1', { status: 'failed', seq: 3 });
    const found = await findWorkflow(db, 'default', workflowId).get();
    expect(found?.last).toMatchObject({ execution_id: state('2', {}).execution_id, status: 'running' });
    expect(found?.workflow.last_execution_status).toBe('running');
  });

  it('gives an execution the tags of its workflow', async () => {
    await update('1');
    await update('1', { status: 'running', seq: 2 });
    const rows = await listExecutions(db, { workspaceId: 'default', tag: 't', workflowId }, 10);
    expect(rows).toHaveLength(1);
  });
});
