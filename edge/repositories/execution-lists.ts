import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
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

/** Newest first. A list by tag walks the index of the tag; CROSS JOIN is how SQLite is told so. */
export function listExecutions(db: Database, filter: ExecutionFilter, limit: number) {
  const { workspaceId, status, workflowId, from, to, name, tag, after } = filter;
  const walked =
    tag === undefined
      ? { workspace: executions.workspace_id, createdAt: executions.created_at, id: executions.id }
      : { workspace: executionTags.workspace_id, createdAt: executionTags.created_at, id: executionTags.execution_id };
  const source: SQL =
    tag === undefined
      ? sql`${executions}`
      : sql`${executionTags} CROSS JOIN ${executions} ON ${executions.id} = ${executionTags.execution_id}`;
  return db
    .select({
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
    })
    .from(source)
    .where(
      and(
        eq(walked.workspace, workspaceId),
        tag === undefined ? undefined : eq(executionTags.tag, tag),
        status && eq(executions.status, status),
        workflowId === undefined ? undefined : eq(executions.workflow_id, workflowId),
        name === undefined ? undefined : eq(executions.name, name),
        from === undefined ? undefined : gte(walked.createdAt, from),
        to === undefined ? undefined : lt(walked.createdAt, to),
        after && sql`(${walked.createdAt}, ${walked.id}) < (${after.createdAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(walked.createdAt), desc(walked.id))
    .limit(limit);
}
