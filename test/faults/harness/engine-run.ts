import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { StackInfo } from '../../../scripts/local/stack.ts';
import { engineWorkflowId } from '../../../shared/schemas/command.ts';

/** Asks Temporal itself about the first attempt of an execution. */
export async function withEngineRun<T>(
  { temporal: { address, namespace } }: StackInfo,
  executionId: string,
  use: (run: WorkflowHandle) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection, namespace }).workflow.getHandle(engineWorkflowId(executionId, 1)));
  } finally {
    await connection.close();
  }
}
