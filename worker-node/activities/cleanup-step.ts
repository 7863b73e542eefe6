import { ApplicationFailure, Context } from '@temporalio/activity';
import type { OperationContext, WorkerOperation } from '../plugins/define-plugin.ts';
import type { JobHandle } from '../plugins/job-handle.ts';
import type { Activities } from './contract.ts';
import { operationContext, type StepActivityDeps } from './run-step.ts';
import { toStepError } from './step-error.ts';
import { createTry } from './try.ts';

/**
 * Runs the `cleanup` hook of an operation whose try was stopped, after it has cancelled the remote job that the try left;
 * nothing for operations without hook and job. Throws ApplicationFailure, retryable only when it was cut short because this
 * worker goes away.
 */
export function createCleanupStep(deps: StepActivityDeps): Activities['cleanupStep'] {
  return async (input) => {
    const { plugin, operation } = input.step;
    const found = deps.registry.find(plugin, operation);
    const clean = found && cleanupOf(found.operation, input.handle);
    if (!clean) return;
    const run = createTry(deps, input, Context.current(), 'cleanup');
    const { signal } = run.control;
    try {
      const spec = await deps.configs.spec(input, signal);
      const config = await deps.configs.config(input, spec, found.operation, signal);
      await clean(operationContext(deps, input, run, { config, resources: spec.resources }));
    } catch (error) {
      const { code, message } = toStepError(error, found.plugin);
      throw ApplicationFailure.create({ type: code, message, nonRetryable: run.control.aborted?.outcome !== 'lost' });
    } finally {
      await run.end();
    }
  };
}

function cleanupOf(
  operation: WorkerOperation,
  handle: JobHandle | undefined,
): ((ctx: OperationContext<unknown>) => Promise<void>) | undefined {
  if ('run' in operation) return operation.cleanup && (async (ctx) => operation.cleanup?.(ctx));
  if (handle === undefined) return undefined;
  return async (ctx) => {
    // A try that was lost during the stop has not done it.
    await operation.cancel(ctx, handle);
    await operation.cleanup?.(ctx, handle);
  };
}
