import { type SQL, sql } from 'drizzle-orm';
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
 */
export async function updateExecutionIndex(db: Database, workspaceId: string, execution: Execution): Promise<void> {
  const row = toRow(workspaceId, execution);
  const { status, attempt, seq, started_at, completed_at, duration_seconds, error } = row;
  await db.batch([
    db.run(insertTags(row)),
    db
      .insert(executions)
      .values(row)
      .onConflictDoUpdate({
        target: executions.id,
        set: { status, attempt, seq, started_at, completed_at, duration_seconds, error },
        setWhere: sql`(excluded.attempt, excluded.seq) > (${executions.attempt}, ${executions.seq})`,
      }),
    db.run(updateLastExecution(row)),
    ...updateMetrics(row).map((statement) => db.run(statement)),
    ...(isCompletedExecution(status) ? [updateDurations(db, execution)] : []),
  ]);
}

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

function updateDurations(db: Database, { workflow_id, step_details }: Execution) {
  const seconds: Record<string, number> = {};
  for (const { id, duration_seconds } of step_details) if (duration_seconds != null) seconds[id] = duration_seconds;
  return db
    .insert(workflowDurations)
    .values({ workflow_id, seconds })
    .onConflictDoUpdate({ target: workflowDurations.workflow_id, set: { seconds } });
}

/** Before the row is there: an execution keeps the tags that its workflow had when it was accepted. */
const insertTags = ({ id, workflow_id, created_at }: IndexRow): SQL => sql`
  INSERT INTO ${executionTags} (workspace_id, tag, created_at, execution_id)
  SELECT workspace_id, tag, ${created_at}, ${id} FROM ${workflowTags}
  WHERE workflow_id = ${workflow_id} AND NOT EXISTS (SELECT 1 FROM ${executions} WHERE id = ${id})`;

const updateLastExecution = ({ workspace_id, workflow_id }: IndexRow): SQL => sql`
  UPDATE ${workflows} SET last_execution_id = newest.id, last_execution_status = newest.status
  FROM (
    SELECT id, status FROM ${executions} WHERE workspace_id = ${workspace_id} AND workflow_id = ${workflow_id}
    ORDER BY created_at DESC, id DESC LIMIT 1
  ) AS newest
  WHERE ${workflows}.id = ${workflow_id}`;

/** Adds this outcome, takes away the one that the execution was counted with before, and notes what is counted now. */
function updateMetrics({ id, status, attempt, duration_seconds }: IndexRow): SQL[] {
  const ended = isTerminalExecution(status);
  const countedAttempt = ended ? attempt : 0;
  const isNews = sql`coalesce(counted_attempt, -1) < ${countedAttempt}`;
  const seconds = ended ? (duration_seconds ?? 0) : null;
  const change = (outcome: TerminalExecutionStatus) =>
    sql`${status === outcome ? 1 : 0} - (counted_status IS ${outcome})`;
  return [
    sql`
      UPDATE ${workflows} SET
        total_executions = total_executions + (counted_attempt IS NULL),
        completed_executions = completed_executions + ${change('completed')},
        failed_executions = failed_executions + ${change('failed')},
        timed_out_executions = timed_out_executions + ${change('timed_out')},
        completed_seconds = completed_seconds + ${isCompletedExecution(status) ? seconds : 0}
          - iif(counted_status IS 'completed', counted_seconds, 0)
      FROM ${executions}
      WHERE ${executions}.id = ${id} AND ${workflows}.id = ${executions}.workflow_id AND ${isNews}`,
    sql`
      UPDATE ${executions}
      SET counted_attempt = ${countedAttempt}, counted_status = ${ended ? status : null}, counted_seconds = ${seconds}
      WHERE id = ${id} AND ${isNews}`,
  ];
}
