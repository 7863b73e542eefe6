import { and, count, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { ExecutionStatus } from '../../shared/schemas/execution-status.ts';
import type { LastExecution, WorkflowDefinition } from '../../shared/schemas/workflow.ts';
import type { Database } from './database.ts';
import { executions, workflows, workflowTags, workflowVersions } from './schema.ts';

export type WorkflowRow = typeof workflows.$inferSelect;
export type NewWorkflow = Pick<
  WorkflowRow,
  'id' | 'workspace_id' | 'name' | 'version' | 'description' | 'status' | 'tags' | 'created_by' | 'created_at'
>;

/** As one column: D1 answers a batch by column name, so two tables' columns of the same name would fall together. */
const lastExecution = sql`(
  SELECT json_object('execution_id', id, 'status', status, 'started_at', started_at, 'completed_at', completed_at,
    'duration_seconds', duration_seconds)
  FROM ${executions} AS last WHERE last.id = ${workflows.last_execution_id}
)`
  .mapWith((text: string): LastExecution => JSON.parse(text))
  .as('last_execution') as SQL.Aliased<LastExecution | null>;

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
      .values({ workspace_id, workflow_id: id, version, definition, created_by, created_at })
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
    .select({ workflow: workflows, definition: workflowVersions.definition, last: lastExecution })
    .from(workflows)
    .innerJoin(
      workflowVersions,
      and(
        eq(workflowVersions.workspace_id, workflows.workspace_id),
        eq(workflowVersions.workflow_id, workflows.id),
        eq(workflowVersions.version, workflows.version),
      ),
    )
    .where(and(eq(workflows.workspace_id, workspaceId), eq(workflows.id, id)));
}

/** The first workflow that had the name of this one when this one was stored; archived ones are left out. */
export function findNamesake(
  db: Database,
  { id, workspace_id, name }: Pick<WorkflowRow, 'id' | 'workspace_id' | 'name'>,
) {
  return db
    .select({ id: workflows.id })
    .from(workflows)
    .where(
      and(
        eq(workflows.workspace_id, workspace_id),
        eq(workflows.name, name),
        sql`${workflows.status} <> 'archived'`,
        // Rows are numbered as they are inserted; several may have one time.
        sql`${workflows}.rowid < (SELECT rowid FROM ${workflows} AS own WHERE own.id = ${id})`,
      ),
    )
    .orderBy(sql`${workflows}.rowid`)
    .limit(1);
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
export function listWorkflows(
  db: Database,
  filter: WorkflowFilter,
  { limit, offset }: { limit: number; offset: number },
) {
  const select = db.select({ workflow: workflows, last: lastExecution });
  // A list by tag walks the index of its rarest tag, in the same order; CROSS JOIN is how SQLite is told so.
  return filter.tags.length === 0
    ? select
        .from(workflows)
        .where(matches(filter))
        .orderBy(desc(workflows.created_at), desc(workflows.id))
        .limit(limit)
        .offset(offset)
    : select
        .from(workflowTags)
        .crossJoin(workflows)
        .where(matches(filter))
        .orderBy(desc(workflowTags.created_at), desc(workflowTags.workflow_id))
        .limit(limit)
        .offset(offset);
}

export function countWorkflows(db: Database, filter: WorkflowFilter) {
  const select = db.select({ total: count() });
  return filter.tags.length === 0
    ? select.from(workflows).where(matches(filter))
    : select.from(workflowTags).crossJoin(workflows).where(matches(filter));
}

function matches({ workspaceId, status, outcome, createdBy, tags }: WorkflowFilter) {
  const [tag, ...otherTags] = tags;
  return and(
    tag === undefined
      ? eq(workflows.workspace_id, workspaceId)
      : and(
          eq(workflowTags.workspace_id, workspaceId),
          eq(workflowTags.tag, otherTags.length === 0 ? tag : rarest(workspaceId, tags)),
          eq(workflows.id, workflowTags.workflow_id),
        ),
    sql`${workflows.status} <> 'archived'`,
    status === undefined ? undefined : eq(workflows.status, status),
    outcome === undefined ? undefined : eq(workflows.last_execution_status, outcome),
    createdBy === undefined ? undefined : eq(workflows.created_by, createdBy),
    otherTags.length === 0 ? undefined : hasTags(tags),
  );
}

/**
 * The tag that the fewest workflows have; of those on 10,000 and more the first, since to count on costs what it saves.
 * Beside a min(), SQLite takes other columns from the row of the minimum.
 */
const rarest = (workspaceId: string, tags: readonly string[]): SQL => sql`(
  SELECT tag FROM (
    SELECT wanted.value AS tag, min((
      SELECT count(*) FROM (
        SELECT 1 FROM workflow_tags AS given
        WHERE given.workspace_id = ${workspaceId} AND given.tag = wanted.value LIMIT 10000
      )
    )) FROM json_each(${JSON.stringify(tags)}) AS wanted
  )
)`;

/** Whether a workflow has all of these tags besides the one whose index is walked. */
const hasTags = (tags: readonly string[]): SQL => sql`
  NOT EXISTS (
    SELECT 1 FROM json_each(${JSON.stringify(tags)}) AS wanted WHERE wanted.value <> ${workflowTags.tag} AND NOT EXISTS (
      SELECT 1 FROM workflow_tags AS given WHERE given.workflow_id = ${workflows.id} AND given.tag = wanted.value
    )
  )`;
