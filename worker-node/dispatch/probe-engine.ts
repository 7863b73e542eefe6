import type { Connection } from '@temporalio/client';
import type { EngineReach } from '../../shared/schemas/plugin.ts';

/** An engine that does not answer by then counts as down. */
const PROBE_MS = 2_000;

/** Whether the engine answers for this namespace. */
export async function probeEngine(connection: Connection, namespace: string): Promise<EngineReach> {
  try {
    await connection.withDeadline(Date.now() + PROBE_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return 'up';
  } catch {
    // Why is what the calls that need it log.
    return 'down';
  }
}
