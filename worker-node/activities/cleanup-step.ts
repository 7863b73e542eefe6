import { Context } from '@temporalio/activity';
import type { Activities } from './contract.ts';
import { operationContext, type StepActivityDeps } from './run-step.ts';
import { createTry } from './try.ts';

/** Runs the `cleanup` hook of an operation whose try was stopped; nothing for operations without one. */
export function createCleanupStep(deps: StepActivityDeps): Activities['cleanupStep'] {
  return async (input) => {
    const { plugin, operation } = input.step;
    const found = deps.registry.find(plugin, operation)?.operation;
    if (!found?.cleanup) return;
    const run = createTry(deps, input, Context.current(), 'cleanup');
    const { signal } = run.control;
    try {
      const spec = await deps.configs.spec(input, signal);
      const config = await deps.configs.config(input, spec, found, signal);
      await found.cleanup(operationContext(deps, input, run, { config, resources: spec.resources }));
    } finally {
      await run.end();
    }
  };
}
