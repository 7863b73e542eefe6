import { and, eq } from 'drizzle-orm';
import type { Database } from './database.ts';
import { listPlugins } from './plugins.ts';
import { workflowDurations } from './schema.ts';
import { listWorkers } from './workers.ts';
import { findWorkflow } from './workflows.ts';

/** Everything that a start has to know, in one round trip. `found` is undefined for an unknown workflow. */
export async function findExecutionStart(db: Database, workspaceId: string, workflowId: string) {
  const [[found], plugins, workers, [durations]] = await db.batch([
    findWorkflow(db, workspaceId, workflowId),
    listPlugins(db, workspaceId),
    listWorkers(db, workspaceId),
    db
      .select()
      .from(workflowDurations)
      .where(and(eq(workflowDurations.workspace_id, workspaceId), eq(workflowDurations.workflow_id, workflowId))),
  ]);
  return { found, plugins, workers, stepSeconds: durations?.seconds ?? {} };
}
