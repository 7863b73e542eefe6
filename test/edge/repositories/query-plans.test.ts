import { env } from 'cloudflare:test';
import { drizzle } from 'drizzle-orm/d1';
import { beforeAll, describe, expect, it } from 'vitest';
import { findApiKey } from '../../../edge/repositories/api-keys.ts';
import type { Database } from '../../../edge/repositories/database.ts';
import { type ExecutionFilter, listExecutions } from '../../../edge/repositories/execution-lists.ts';
import { findExecutionStart } from '../../../edge/repositories/execution-start.ts';
import { updateExecutionIndex } from '../../../edge/repositories/executions.ts';
import {
  findIdempotencyKey,
  insertIdempotencyKey,
  updateIdempotencyKey,
} from '../../../edge/repositories/idempotency-keys.ts';
import { listPlugins } from '../../../edge/repositories/plugins.ts';
import {
  listWorkers,
  updateAnnouncement,
  updateConnected,
  updateLastSeen,
} from '../../../edge/repositories/workers.ts';
import {
  countWorkflows,
  findNamesake,
  findWorkflow,
  insertWorkflow,
  listWorkflows,
  type WorkflowFilter,
} from '../../../edge/repositories/workflows.ts';
import { createState } from '../../../shared/domain/execution-state.ts';
import { renderExecution } from '../../../shared/domain/execution-view.ts';
import type { Execution } from '../../../shared/schemas/execution.ts';
import { at, header } from '../../shared/execution-run.ts';
import { db } from '../api/client.ts';
import { CORE } from '../api/worker.ts';

/** What SQLite does for a query, a line per step. */
async function planOf(query: { toSQL(): { sql: string; params: unknown[] } }): Promise<string[]> {
  const { sql, params } = query.toSQL();
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...params)
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail);
}

/** A database, and the statements that were prepared for it so far. */
function recordingDatabase(): { to: Database; statements: { sql: string; params: unknown[] }[] } {
  const statements: { sql: string; params: unknown[] }[] = [];
  const prepare = (sql: string): D1PreparedStatement => {
    const statement = { sql, params: [] as unknown[] };
    statements.push(statement);
    const prepared = env.DB.prepare(sql);
    return new Proxy(prepared, {
      get(_target, name) {
        if (name !== 'bind') return Reflect.get(prepared, name).bind(prepared);
        return (...params: unknown[]) => {
          statement.params = params;
          return prepared.bind(...params);
        };
      },
    });
  };
  const recording = new Proxy(env.DB, {
    get: (target, name) => (name === 'prepare' ? prepare : Reflect.get(target, name).bind(target)),
  });
  return { to: drizzle(recording), statements };
}

/** Every choice of some of the filters. */
function combinations<T extends object>(filters: T): Partial<T>[] {
  let chosen: Partial<T>[] = [{}];
  for (const [name, value] of Object.entries(filters))
    chosen = chosen.flatMap((filter) => [filter, { ...filter, [name]: value }]);
  return chosen;
}

function expectIndexed(plan: string[]): void {
  // `newest` and the constant row are one row each; what a subquery reads has steps of its own.
  const tables = plan.filter((step) => !/json_each|SCAN newest|SCAN CONSTANT ROW|SCAN \(subquery-\d+\)/.test(step));
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

it('walks the rarest of several tags, whichever comes first', async () => {
  const workspaceId = 'default';
  const now = '2026-01-01T00:00:00.000Z';
  const common = 300;
  for (let i = 0; i < common; i++) {
    const tags = i % 100 === 0 ? ['common', 'rare'] : ['common'];
    const workflow = {
      ...{ id: `wf_tagged_${i}`, workspace_id: workspaceId, name: 'w', version: '1.0.0', description: '', tags },
      ...{ status: 'created' as const, created_by: 'user_1', created_at: now },
    };
    await insertWorkflow(db, workflow, { name: 'w', steps: [] });
  }
  const read = async (tags: string[]) => {
    const filter = { workspaceId, tags };
    const queries = [listWorkflows(db, filter, { limit: 20, offset: 0 }), countWorkflows(db, filter)];
    return Promise.all(
      queries.map(async (query) => {
        const { sql, params } = query.toSQL();
        const statement = env.DB.prepare(sql).bind(...params);
        return (await statement.all()).meta.rows_read;
      }),
    );
  };
  const inOrder = await read(['rare', 'common']);
  expect(await read(['common', 'rare'])).toEqual(inOrder);
  // To tell which is the rarest, the index of each is counted, once.
  for (const rows of inOrder) expect(rows).toBeLessThan(2 * common);
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

it('finds the first workflow of a name in the order of an index', async () => {
  const plan = await planOf(findNamesake(db, { workspace_id: 'default', name: 'w', id: 'wf_1' }));
  expectIndexed(plan);
  expect(plan.join()).toContain('workflows_by_name');
});

describe('every statement is answered by an index', () => {
  const now = '2026-01-01T00:00:00.000Z';
  const key = { workspace_id: 'default', operation: 'workflows.execute', key: 'k' };
  const row = { input_hash: 'h', resource_id: 'exec_1', created_at: now };
  const execution = renderExecution(createState(header([[], [0]]), at(0)));
  const completed = { ...execution, status: 'completed' as const, started_at: at(1), completed_at: at(2) };
  const index = (of: Execution, listed: boolean) => (to: Database) =>
    updateExecutionIndex(to, 'default', { execution: of, listed });
  const announcement = {
    ...{ worker_id: 'w', pool: 'default', plugins: [CORE], capacity: {} },
    temporal: { address: '127.0.0.1:7233', namespace: 'default', ui_url: null },
  };

  beforeAll(async () => {
    const workflow = {
      ...{ id: 'wf_1', workspace_id: 'default', name: 'w', version: '1.0.0', description: '', tags: [] },
      ...{ status: 'created' as const, created_by: 'user_1', created_at: now },
    };
    await insertWorkflow(db, workflow, { name: 'w', steps: [] });
  });

  it.each<[string, number, (to: Database) => PromiseLike<unknown>]>([
    ['of the look-up of an API key', 1, (to) => findApiKey(to, 'hash')],
    ['of keeping an idempotency key', 3, (to) => insertIdempotencyKey(to, { ...key, ...row }, now)],
    ['of finding an idempotency key', 1, (to) => findIdempotencyKey(to, key, now)],
    ['of answering an idempotency key', 1, (to) => updateIdempotencyKey(to, key, 201)],
    ['of a start', 4, (to) => findExecutionStart(to, 'default', 'wf_1')],
    ['of the list of workers', 1, (to) => listWorkers(to, 'default')],
    ['of the list of plugins', 1, (to) => listPlugins(to, 'default')],
    ['of an announcement', 3, (to) => updateAnnouncement(to, 'default', announcement, now)],
    ['of a sign of life', 1, (to) => updateLastSeen(to, 'default', { workerId: 'w', engine: 'up', now })],
    [
      'of a connection',
      1,
      (to) => updateConnected(to, { workspaceId: 'default', workerId: 'w', connected: true, now }),
    ],
    ['of the index of an execution that is new', 5, index(execution, false)],
    ['of the index of an execution that has ended and is new', 6, index(completed, false)],
    ['of the index of an execution that is listed', 2, index(execution, true)],
    ['of the index of an execution that has ended and is listed', 5, index(completed, true)],
  ])('%s', async (_, count, run) => {
    const { to, statements } = recordingDatabase();
    await run(to);
    expect(statements).toHaveLength(count);
    for (const statement of statements) expectIndexed(await planOf({ toSQL: () => statement }));
  });
});
