import { and, eq, type SQLWrapper, sql } from 'drizzle-orm';
import type { Execution } from '../../shared/schemas/execution.ts';
import {
  isCompletedExecution,
  isTerminalExecution,
  type TerminalExecutionStatus,
} from '../../shared/schemas/execution-status.ts';
import type { Database } from './database.ts';
import { executions, executionTags, workflowDurations, workflows, workflowTags } from './schema.ts';

/** What the index knows of an execution. */
type IndexRow = Omit<typeof executions.$inferSelect, 'counted_attempt' | 'counted_status' | 'counted_seconds'>;

/**
 * Takes in the newest state of an execution: index row, the workflow's last execution, its metrics, and how long its steps
 * took; all or nothing. May be repeated and may come late: the row only moves forward in (attempt, seq), an execution
 * counts once in the total, and the outcome of an attempt counts once, in place of the outcome of the attempt before.
 *
 * @param listed whether the row is known to be there, so that only what changes needs to be written
 */
export async function updateExecutionIndex(
  db: Database,
  workspaceId: string,
  { execution, listed }: { execution: Execution; listed: boolean },
): Promise<void> {
  const row = toRow(workspaceId, execution);
  const moved = listed ? ([updateRow(db, row)] as const) : ([insertTags(db, row), insertRow(db, row)] as const);
  const counted = listed && !isTerminalExecution(row.status) ? [] : updateMetrics(db, row);
  const durations = isCompletedExecution(row.status) ? [updateDurations(db, workspaceId, execution)] : [];
  await db.batch([...moved, updateLastExecution(db, row), ...counted, ...durations]);
}

/** What changes of a row while its execution lives. */
function progressOf({ status, attempt, seq, started_at, completed_at, duration_seconds, error }: IndexRow) {
  return { status, attempt, seq, started_at, completed_at, duration_seconds, error };
}

const insertRow = (db: Database, row: IndexRow) =>
  db
    .insert(executions)
    .values(row)
    .onConflictDoUpdate({
      target: executions.id,
      set: progressOf(row),
      setWhere: sql`(excluded.attempt, excluded.seq) > (${executions.attempt}, ${executions.seq})`,
    });

const updateRow = (db: Database, row: IndexRow) =>
  db
    .update(executions)
    .set(progressOf(row))
    .where(
      and(eq(executions.id, row.id), sql`(${executions.attempt}, ${executions.seq}) < (${row.attempt}, ${row.seq})`),
    );

function toRow(workspace_id: string, execution: Execution): IndexRow {
  const { execution_id, workflow_id, workflow_version, execution_name, status, attempt, seq, priority } = execution;
  const { triggered_by, created_at, started_at, completed_at, duration_seconds, error } = execution;
  return {
    id: execution_id,
    name: execution_name,
    ...{ workspace_id, workflow_id, workflow_version, status, attempt, seq, priority },
    ...{ triggered_by, created_at, started_at, completed_at, duration_seconds, error },
  };
}

function updateDurations(db: Database, workspace_id: string, { workflow_id, step_details }: Execution) {
  const seconds: Record<string, number> = {};
  for (const { id, duration_seconds } of step_details) if (duration_seconds != null) seconds[id] = duration_seconds;
  return db
    .insert(workflowDurations)
    .values({ workspace_id, workflow_id, seconds })
    .onConflictDoUpdate({ target: [workflowDurations.workspace_id, workflowDurations.workflow_id], set: { seconds } });
}

/** Before the row is there: an execution keeps the tags that its workflow had when it was accepted. */
const insertTags = (db: Database, { id, workflow_id, created_at }: IndexRow) =>
  db.insert(executionTags).select(sql`
    SELECT workspace_id, tag, ${created_at}, ${id} FROM ${workflowTags}
    WHERE workflow_id = ${workflow_id} AND NOT EXISTS (SELECT 1 FROM ${executions} WHERE id = ${id})`);

const updateLastExecution = (db: Database, { workspace_id, workflow_id }: IndexRow) =>
  db
    .update(workflows)
    .set({ last_execution_id: sql`newest.id`, last_execution_status: sql`newest.status` })
    .from(sql`(
      SELECT id, status FROM ${executions} WHERE workspace_id = ${workspace_id} AND workflow_id = ${workflow_id}
      ORDER BY created_at DESC, id DESC LIMIT 1
    ) AS newest`)
    .where(eq(workflows.id, workflow_id));

/** Adds this outcome, takes away the one that the execution was counted with before, and notes what is counted now. */
function updateMetrics(db: Database, { id, status, attempt, duration_seconds }: IndexRow) {
  const ended = isTerminalExecution(status);
  const seconds = ended ? (duration_seconds ?? 0) : null;
  const counted = {
    counted_attempt: ended ? attempt : 0,
    counted_status: ended ? status : null,
    counted_seconds: seconds,
  };
  const isNews = and(eq(executions.id, id), sql`coalesce(counted_attempt, -1) < ${counted.counted_attempt}`);
  const changed = (total: SQLWrapper, outcome: TerminalExecutionStatus) =>
    sql`${total} + ${status === outcome ? 1 : 0} - (counted_status IS ${outcome})`;
  return [
    db
      .update(workflows)
      .set({
        total_executions: sql`total_executions + (counted_attempt IS NULL)`,
        completed_executions: changed(workflows.completed_executions, 'completed'),
        failed_executions: changed(workflows.failed_executions, 'failed'),
        timed_out_executions: changed(workflows.timed_out_executions, 'timed_out'),
        completed_seconds: sql`completed_seconds + ${isCompletedExecution(status) ? seconds : 0}
          - iif(counted_status IS 'completed', counted_seconds, 0)`,
      })
      .from(executions)
      .where(and(eq(workflows.id, executions.workflow_id), isNews)),
    db.update(executions).set(counted).where(isNews),
  ];
}
