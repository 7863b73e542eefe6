import { env } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { type ExecutionFilter, listExecutions } from '../../../edge/repositories/execution-lists.ts';
import {
  countWorkflows,
  findWorkflow,
  listWorkflows,
  type WorkflowFilter,
} from '../../../edge/repositories/workflows.ts';
import { db } from '../api/client.ts';

/** What SQLite does for a query, a line per step. */
async function planOf(query: { toSQL(): { sql: string; params: unknown[] } }): Promise<string[]> {
  const { sql, params } = query.toSQL();
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...params)
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail);
}

/** Every choice of some of the filters. */
function combinations<T extends object>(filters: T): Partial<T>[] {
  let chosen: Partial<T>[] = [{}];
  for (const [name, value] of Object.entries(filters))
    chosen = chosen.flatMap((filter) => [filter, { ...filter, [name]: value }]);
  return chosen;
}

function expectIndexed(plan: string[]): void {
  const tables = plan.filter((step) => !step.includes('json_each'));
  expect(tables.filter((step) => step.startsWith('SCAN') && !step.includes('VIRTUAL TABLE'))).toEqual([]);
  expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
}

const title = (filter: object) => Object.keys(filter).join(', ') || 'no filter';

describe('the list of workflows', () => {
  const base = { workspaceId: 'default', tags: [] as string[] };
  const own = combinations({ createdBy: 'user_1', tags: ['a', 'b'] });
  const filters: [string, WorkflowFilter][] = own.flatMap((filter) =>
    [{}, { status: 'active' as const }, { outcome: 'failed' as const }].map((status): [string, WorkflowFilter] => [
      title({ ...filter, ...status }),
      { ...base, ...filter, ...status },
    ]),
  );

  it.each(filters)('is read in order from an index with %s', async (_, filter) => {
    expectIndexed(await planOf(listWorkflows(db, filter, { limit: 20, offset: 40 })));
  });

  it.each(filters)('is counted by an index with %s', async (_, filter) => {
    expectIndexed(await planOf(countWorkflows(db, filter)));
  });
});

it('walks the narrowest index of workflows', async () => {
  const plan = async (filter: Partial<WorkflowFilter>) =>
    (await planOf(listWorkflows(db, { workspaceId: 'default', tags: [], ...filter }, { limit: 20, offset: 0 }))).join();
  expect(await plan({})).toContain('workflows_listed');
  expect(await plan({ status: 'active' })).toContain('workflows_by_status');
  expect(await plan({ outcome: 'failed' })).toContain('workflows_by_outcome');
  expect(await plan({ createdBy: 'user_1' })).toContain('workflows_by_creator');
  expect(await plan({ tags: ['a'], status: 'active' })).toContain('workflow_tags_by_tag');
});

describe('the list of executions', () => {
  const filters = combinations<Omit<ExecutionFilter, 'workspaceId'>>({
    status: 'completed',
    workflowId: 'wf_1',
    name: 'nightly',
    tag: 'ml',
    from: '2024-01-01T00:00:00.000Z',
    to: '2025-01-01T00:00:00.000Z',
    after: { createdAt: '2024-06-01T00:00:00.000Z', id: 'exec_1' },
  });

  it.each(filters.map((filter) => [title(filter), filter] as const))(
    'is read in order from an index with %s',
    async (_, filter) => {
      expectIndexed(await planOf(listExecutions(db, { workspaceId: 'default', ...filter }, 21)));
    },
  );

  it('walks the narrowest index', async () => {
    const plan = async (filter: Partial<ExecutionFilter>) =>
      (await planOf(listExecutions(db, { workspaceId: 'default', ...filter }, 21))).join();
    expect(await plan({})).toContain('executions_listed');
    expect(await plan({ status: 'failed' })).toContain('executions_by_status');
    expect(await plan({ workflowId: 'wf_1' })).toContain('executions_by_workflow ');
    expect(await plan({ workflowId: 'wf_1', status: 'failed' })).toContain('executions_by_workflow_status');
    expect(await plan({ name: 'nightly' })).toContain('executions_by_name');
  });
});

it('finds a workflow by its key', async () => {
  expectIndexed(await planOf(findWorkflow(db, 'default', 'wf_1')));
});
