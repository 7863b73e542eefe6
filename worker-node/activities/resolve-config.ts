import { Context } from '@temporalio/activity';
import { parseDuration } from '../../shared/domain/duration.ts';
import { sleep } from '../plugins/core/sleep.ts';
import type { Activities, StepFailure } from './contract.ts';
import type { StepActivityDeps } from './run-step.ts';
import { stepFailed, toStepError } from './step-error.ts';
import { createTry } from './try.ts';

/** Works out how long a core.sleep is to take. Throws ApplicationFailure with a StepFailure as its one detail. */
export function createResolveConfig(deps: StepActivityDeps): Activities['resolveConfig'] {
  return async (input) => {
    const run = createTry(deps, input, Context.current());
    const { control } = run;
    const started_at = new Date().toISOString();
    try {
      const spec = await deps.configs.spec(input, control.signal);
      const config = (await deps.configs.config(input, spec, sleep, control.signal)) as { duration: string };
      return { duration_ms: parseDuration(config.duration) ?? 0 };
    } catch (error) {
      const failure: StepFailure = {
        started_at,
        completed_at: new Date().toISOString(),
        usage: null,
        artifacts: [],
        outcome: control.aborted?.outcome ?? 'failed',
        error: toStepError(control.aborted?.error ?? error, undefined),
      };
      throw stepFailed(failure);
    } finally {
      await run.end();
    }
  };
}
