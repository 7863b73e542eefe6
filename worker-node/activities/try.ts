import type { Context } from '@temporalio/activity';
import type { TryArtifacts } from '../artifacts/artifact-store.ts';
import type { JobHandle } from '../plugins/job-handle.ts';
import { askToWait } from './ask-to-wait.ts';
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
  /** The remote job of the try: what an earlier one has left, then what was attached. */
  readonly handle: JobHandle | undefined;
  /** Makes a job known to whoever goes on with the step when this worker is lost. */
  attach(handle: JobHandle): void;
  /** Nobody is to go on with the job. */
  detach(): void;
  /** Lets go of everything; nothing is reported any more. */
  end(): Promise<void>;
}

/** A try of the step itself, or the clean-up after one: that is what a stop asks for, and no stop ends it. */
export type TryPurpose = 'run' | 'cleanup';

export function createTry(
  {
    poster,
    artifacts,
    running,
    runs,
    heartbeats,
  }: Pick<ActivityDeps, 'poster' | 'artifacts' | 'running' | 'runs'> & { heartbeats: Heartbeats },
  input: StepInput,
  activity: Context,
  purpose: TryPurpose = 'run',
): Try {
  const { id, attempt } = input.execution;
  const over = new AbortController();
  const control = createTryControl(activity, () => {
    const ask = () => runs.askToWait(id, attempt, { step_id: step.id, try: number });
    void askToWait(ask, { control, artifacts: files, reporter }, over.signal);
  });
  const tryName = `${input.step.id}/${input.try}`;
  const source = purpose === 'run' ? tryName : `${tryName}/cleanup/${activity.info.attempt}`;
  const reporter = createTryReporter(poster, input, source);
  const { step, try: number, counting = {} } = input;
  const files = artifacts.forTry({ execution: id, attempt, step: step.id, try: number, counting });
  const heartbeat = heartbeats.start(activity);
  let { handle } = input;
  if (handle !== undefined) heartbeat.carry({ handle });
  const forget = running.add(id, attempt, (graceful) => {
    if (purpose === 'run') control.abort('cancelled', graceful);
  });
  return {
    control,
    reporter,
    artifacts: files,
    get handle() {
      return handle;
    },
    attach(attached) {
      handle = attached;
      heartbeat.carry({ handle });
    },
    detach() {
      handle = undefined;
    },
    async end() {
      over.abort();
      forget();
      heartbeat.stop();
      control.dispose();
      reporter.close();
      await files.dispose();
    },
  };
}
