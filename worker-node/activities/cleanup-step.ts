import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Activities } from './contract.ts';
import { operationContext, type StepActivityDeps } from './run-step.ts';
import { toStepError } from './step-error.ts';
import { createTry } from './try.ts';

/**
 * Runs the `cleanup` hook of an operation whose try was stopped; nothing for operations without one. Throws
 * ApplicationFailure, retryable only when the hook was cut short because this worker goes away.
 */
export function createCleanupStep(deps: StepActivityDeps): Activities['cleanupStep'] {
  return async (input) => {
    const { plugin, operation } = input.step;
    const found = deps.registry.find(plugin, operation);
    if (!found?.operation.cleanup) return;
    const run = createTry(deps, input, Context.current(), 'cleanup');
    const { signal } = run.control;
    try {
      const spec = await deps.configs.spec(input, signal);
      const config = await deps.configs.config(input, spec, found.operation, signal);
      await found.operation.cleanup(operationContext(deps, input, run, { config, resources: spec.resources }));
    } catch (error) {
      const { code, message } = toStepError(error, found.plugin);
      throw ApplicationFailure.create({ type: code, message, nonRetryable: run.control.aborted?.outcome !== 'lost' });
    } finally {
      await run.end();
    }
  };
}
