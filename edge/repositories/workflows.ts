import { and, desc, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { ExecutionStatus } from '../../shared/schemas/execution-status.ts';
import type { WorkflowDefinition } from '../../shared/schemas/workflow.ts';
import type { Database } from './database.ts';
import { executions, workflows, workflowTags, workflowVersions } from './schema.ts';

export type WorkflowRow = typeof workflows.$inferSelect;
export type NewWorkflow = Pick<
  WorkflowRow,
  'id' | 'workspace_id' | 'name' | 'version' | 'description' | 'status' | 'tags' | 'created_by' | 'created_at'
>;

const LAST_EXECUTION = {
  execution_id: executions.id,
  status: executions.status,
  started_at: executions.started_at,
  completed_at: executions.completed_at,
  duration_seconds: executions.duration_seconds,
};
const isLastExecution = eq(executions.id, workflows.last_execution_id);

/** Stores a workflow with its first version; one that is there already is left as it is. `definition` null: it lies in R2. */
export async function insertWorkflow(
  db: Database,
  workflow: NewWorkflow,
  definition: WorkflowDefinition | null,
): Promise<void> {
  const { id, workspace_id, version, tags, created_by, created_at } = workflow;
  await db.batch([
    db
      .insert(workflows)
      .values({ ...workflow, updated_at: created_at })
      .onConflictDoNothing(),
    db
      .insert(workflowVersions)
      .values({ workflow_id: id, version, definition, created_by, created_at })
      .onConflictDoNothing(),
    // One bound value for all tags: D1 takes at most 100.
    db
      .insert(workflowTags)
      .select(
        sql`SELECT ${workspace_id}, value, ${id}, ${created_at} FROM json_each(${JSON.stringify(tags)}) WHERE true`,
      )
      .onConflictDoNothing(),
  ]);
}

/** A workflow with its newest definition (null: it lies in R2) and last execution. */
export function findWorkflow(db: Database, workspaceId: string, id: string) {
  return db
    .select({ workflow: workflows, definition: workflowVersions.definition, last: LAST_EXECUTION })
    .from(workflows)
    .innerJoin(
      workflowVersions,
      and(eq(workflowVersions.workflow_id, workflows.id), eq(workflowVersions.version, workflows.version)),
    )
    .leftJoin(executions, isLastExecution)
    .where(and(eq(workflows.workspace_id, workspaceId), eq(workflows.id, id)));
}

export interface WorkflowFilter {
  workspaceId: string;
  status?: WorkflowRow['status'] | undefined;
  /** Status of the last execution. */
  outcome?: ExecutionStatus | undefined;
  createdBy?: string | undefined;
  /** All of them. */
  tags: readonly string[];
}

/** Newest first; archived ones are left out. */
export function listWorkflows(db: Database, filter: WorkflowFilter, page: { limit: number; offset: number }) {
  const { source, condition, order } = listSource(filter);
  return db
    .select({ workflow: getTableColumns(workflows), last: LAST_EXECUTION })
    .from(source)
    .leftJoin(executions, isLastExecution)
    .where(condition)
    .orderBy(...order.map((column) => desc(column)))
    .limit(page.limit)
    .offset(page.offset);
}

export function countWorkflows(db: Database, filter: WorkflowFilter) {
  const { source, condition } = listSource(filter);
  return db.select({ total: sql<number>`count(*)` }).from(source).where(condition);
}

/** A list by tag walks the index of its first tag, in the same order; CROSS JOIN is how SQLite is told so. */
function listSource({ workspaceId, status, outcome, createdBy, tags: [tag, ...otherTags] }: WorkflowFilter) {
  const conditions: (SQL | undefined)[] = [
    sql`${workflows.status} <> 'archived'`,
    status === undefined ? undefined : eq(workflows.status, status),
    outcome === undefined ? undefined : eq(workflows.last_execution_status, outcome),
    createdBy === undefined ? undefined : eq(workflows.created_by, createdBy),
    otherTags.length > 0 ? hasTags(otherTags) : undefined,
  ];
  if (tag === undefined) {
    return {
      source: sql`${workflows}`,
      condition: and(eq(workflows.workspace_id, workspaceId), ...conditions),
      order: [workflows.created_at, workflows.id],
    };
  }
  return {
    source: sql`${workflowTags} CROSS JOIN ${workflows} ON ${workflows.id} = ${workflowTags.workflow_id}`,
    condition: and(eq(workflowTags.workspace_id, workspaceId), eq(workflowTags.tag, tag), ...conditions),
    order: [workflowTags.created_at, workflowTags.workflow_id],
  };
}

const hasTags = (tags: readonly string[]): SQL => sql`
  NOT EXISTS (
    SELECT 1 FROM json_each(${JSON.stringify(tags)}) AS wanted WHERE NOT EXISTS (
      SELECT 1 FROM workflow_tags AS given WHERE given.workflow_id = ${workflows.id} AND given.tag = wanted.value
    )
  )`;
