import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowExecutionAlreadyStartedError, type WorkflowStartOptions } from '@temporalio/client';
import { PIPELINE, type PipelineInput } from '../workflows/contract.ts';

export type RunOptions = Pick<WorkflowStartOptions, 'workflowId' | 'taskQueue' | 'priority' | 'staticSummary'> & {
  args: [PipelineInput];
};

export interface StartRunDeps {
  /** Fails at once when the engine is away. */
  client: Client;
  /** On the connection of this process's own workers, while they run. */
  eagerClient(): Client | undefined;
}

/** An engine that is well answers in a fraction of it; the workers' connection itself would go on trying for 10 s. */
const EAGER_MS = 1_500;

/**
 * Starts a run unless it was started before. First eagerly: the engine hands the first workflow task back in its answer,
 * to a worker of this process, which saves the hop through the task queue. Where that fails, whatever it did or still
 * does, a plain start decides: the workflow id makes both the same run. Rejects with the SDK's error.
 */
export function createStartRun({ client, eagerClient }: StartRunDeps): (options: RunOptions) => Promise<void> {
  let eagerWorks = true;
  return async (options) => {
    const eager = eagerWorks ? eagerClient() : undefined;
    if (eager) {
      const started = startOnce(eager, options, true).then(
        () => true,
        () => false,
      );
      if (await Promise.race([started, sleep(EAGER_MS, false, { ref: false })])) return;
      eagerWorks = false;
    }
    await startOnce(client, options, false);
    eagerWorks = true;
  };
}

async function startOnce({ workflow }: Client, options: RunOptions, requestEagerStart: boolean): Promise<void> {
  try {
    await workflow.start(PIPELINE, {
      ...options,
      requestEagerStart,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
