import { ApplicationFailure, rootCause } from '@temporalio/workflow';
import type { ResultUpdate } from '../../shared/schemas/update.ts';
import { cleanupStep, publishResult, removeArtifacts } from './activities.ts';
import type { PipelineResult } from './contract.ts';
import { dropsResults, resultPages } from './final-result.ts';
import type { Pipeline } from './pipeline.ts';

export interface FinishOptions {
  executionId: string;
  attempt: number;
  startedAt: string;
  /** Called with the result once it is fixed, before it is published. */
  onResult(pages: ResultUpdate[]): void;
}

/** What follows when every step has ended: clean-up after a stop, then the result, then the workflow's own end. */
export async function finish(pipeline: Pipeline, options: FinishOptions): Promise<PipelineResult> {
  const { state, stop } = pipeline;
  const { executionId: execution_id, attempt, startedAt } = options;
  if (stop?.cleanup_resources) await cleanUp(pipeline);

  const results = state.steps.flatMap(({ record }) => record.result ?? []);
  const pages = resultPages({ startedAt, now: new Date().toISOString(), stop, error: state.error, results });
  const { status, error } = pages[0] ?? { status: 'completed', error: null };
  if (dropsResults(status, stop)) await removeArtifacts(execution_id);
  options.onResult(pages);
  state.outbox.log(
    status === 'completed' ? 'INFO' : 'WARN',
    `Execution ${status}${error ? `: ${error.message}` : '.'}`,
  );
  state.outbox.flush();
  for (const update of pages) await publishResult({ execution_id, attempt, update });

  // So that the engine's own lists tell success from failure. A stop is no failure.
  if (status === 'failed' || status === 'timed_out')
    throw ApplicationFailure.nonRetryable(error?.message ?? status, error?.code ?? status);
  return { status };
}

/** A clean-up that fails is told, and hinders nothing. */
async function cleanUp({ state, tries }: Pipeline): Promise<void> {
  const stopped = state.steps.filter(
    ({ plan, record }) => record.result?.status === 'cancelled' && record.result.tries > 0 && !plan.in_engine,
  );
  await Promise.all(
    stopped.map(async (step) => {
      try {
        await cleanupStep(tries.inputOf(step));
      } catch (error) {
        state.outbox.log('WARN', `Clean-up of step "${step.plan.id}" failed: ${rootCause(error)}`, step.plan);
      }
    }),
  );
}
