import type { Context } from '@temporalio/activity';
import type { TryArtifacts } from '../artifacts/artifact-store.ts';
import type { StepInput } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import type { Heartbeats } from './heartbeats.ts';
import { createTryControl, type TryControl } from './try-control.ts';
import { createTryReporter, type TryReporter } from './try-reporter.ts';

/** One try of a step while it runs on this worker. */
export interface Try {
  control: TryControl;
  reporter: TryReporter;
  artifacts: TryArtifacts;
  /** Lets go of everything; nothing is reported any more. */
  end(): Promise<void>;
}

export function createTry(
  {
    poster,
    artifacts,
    running,
    heartbeats,
  }: Pick<ActivityDeps, 'poster' | 'artifacts' | 'running'> & { heartbeats: Heartbeats },
  input: StepInput,
  activity: Context,
): Try {
  const { id, attempt } = input.context.execution;
  const control = createTryControl(activity);
  const reporter = createTryReporter(poster, input);
  const files = artifacts.forTry({ execution: id, step: input.step.id });
  const stopHeartbeats = heartbeats.start(activity);
  const forget = running.add(id, attempt, (graceful) => control.abort('cancelled', graceful));
  return {
    control,
    reporter,
    artifacts: files,
    async end() {
      forget();
      stopHeartbeats();
      control.dispose();
      reporter.close();
      await files.dispose();
    },
  };
}
