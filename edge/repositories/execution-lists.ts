import { and, type Column, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { ExecutionStatus } from '../../shared/schemas/execution-status.ts';
import type { Database } from './database.ts';
import { executions, executionTags } from './schema.ts';

export interface ExecutionFilter {
  workspaceId: string;
  status?: ExecutionStatus | undefined;
  workflowId?: string | undefined;
  /** ISO 8601 in UTC with milliseconds: created at or after. */
  from?: string | undefined;
  /** Created before. */
  to?: string | undefined;
  name?: string | undefined;
  tag?: string | undefined;
  /** Where the page before ended. */
  after?: { createdAt: string; id: string } | undefined;
}

const LISTED = {
  execution_id: executions.id,
  workflow_id: executions.workflow_id,
  workflow_version: executions.workflow_version,
  execution_name: executions.name,
  status: executions.status,
  attempt: executions.attempt,
  priority: executions.priority,
  triggered_by: executions.triggered_by,
  created_at: executions.created_at,
  started_at: executions.started_at,
  completed_at: executions.completed_at,
  duration_seconds: executions.duration_seconds,
  error: executions.error,
};

/** Newest first. A list by tag walks the index of the tag, in the same order; CROSS JOIN is how SQLite is told so. */
export function listExecutions(db: Database, filter: ExecutionFilter, limit: number) {
  const select = db.select(LISTED);
  if (filter.tag === undefined) {
    const { workspace_id, created_at, id } = executions;
    return select
      .from(executions)
      .where(and(eq(workspace_id, filter.workspaceId), inSpan(filter, created_at, id), matches(filter)))
      .orderBy(desc(created_at), desc(id))
      .limit(limit);
  }
  const { workspace_id, tag, created_at, execution_id } = executionTags;
  return select
    .from(executionTags)
    .crossJoin(executions)
    .where(
      and(
        eq(workspace_id, filter.workspaceId),
        eq(tag, filter.tag),
        inSpan(filter, created_at, execution_id),
        eq(executions.id, execution_id),
        matches(filter),
      ),
    )
    .orderBy(desc(created_at), desc(execution_id))
    .limit(limit);
}

/** The part of the walked index that a page lies in. */
const inSpan = ({ from, to, after }: ExecutionFilter, createdAt: Column, id: Column): SQL | undefined =>
  and(
    from === undefined ? undefined : gte(createdAt, from),
    to === undefined ? undefined : lt(createdAt, to),
    after && sql`(${createdAt}, ${id}) < (${after.createdAt}, ${after.id})`,
  );

const matches = ({ status, workflowId, name }: ExecutionFilter): SQL | undefined =>
  and(
    status === undefined ? undefined : eq(executions.status, status),
    workflowId === undefined ? undefined : eq(executions.workflow_id, workflowId),
    name === undefined ? undefined : eq(executions.name, name),
  );
