import { Context } from '@temporalio/activity';
import { listArtifacts } from '../../shared/domain/listed-artifacts.ts';
import { engineWorkflowId } from '../../shared/schemas/command.ts';
import type { JsonValue } from '../../shared/schemas/json.ts';
import { type OperationContext, type Plugin, PluginError, type WorkerOperation } from '../plugins/define-plugin.ts';
import { later } from '../workflows/later.ts';
import type { Activities, RunStepInput, StepFailure, StepSuccess, TryTimes } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import type { Heartbeats } from './heartbeats.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { createRememberedEnds } from './remembered-ends.ts';
import { runRemote } from './run-remote.ts';
import type { StepConfigs } from './step-config.ts';
import { stepFailed, toStepError } from './step-error.ts';
import { storeOutput } from './step-output.ts';
import { createStepTurns } from './step-turns.ts';
import { createTry, type Try } from './try.ts';
import { keepWhatIsLeft } from './what-is-left.ts';

export interface StepActivityDeps extends ActivityDeps {
  configs: StepConfigs;
  heartbeats: Heartbeats;
}

/**
 * Runs one try: works out the config, runs the operation within its timeout, stores its output. Heartbeats all the while.
 * Throws ApplicationFailure with a StepFailure as its one detail.
 */
export function createRunStep(deps: StepActivityDeps): Activities['runStep'] {
  const turns = createStepTurns();
  const remembered = createRememberedEnds();
  return (input) => {
    const { execution, step } = input;
    const key = `${engineWorkflowId(execution.id, execution.attempt)}/${step.id}`;
    const run = createTry(deps, input, Context.current());
    async function take(): Promise<StepSuccess> {
      const unheard = remembered.unheard(key, input);
      if (!unheard) return remembered.remember(key, input, runTry(deps, input, run));
      run.reporter.log('INFO', unheard.why);
      await run.end();
      return unheard.tell();
    }
    return turns.take(key, take, () => run.control.abort('lost', false));
  };
}

async function runTry(deps: StepActivityDeps, input: RunStepInput, run: Try): Promise<StepSuccess> {
  const startedAt = later(new Date().toISOString(), input.not_before);
  let begun = false;
  const times = (artifacts: string[]): TryTimes => ({
    started_at: startedAt,
    completed_at: later(new Date().toISOString(), startedAt),
    usage: run.reporter.usageSoFar(),
    ...filesOf(artifacts),
  });
  try {
    run.control.signal.throwIfAborted();
    begun = true;
    run.reporter.started(startedAt);
    if (input.confirm) await confirm(deps, input, run);
    const answer = await perform(deps, input, run);
    await run.artifacts.close();
    const stored = await storeOutput(deps.edge, input, answer, run.control.storingSignal);
    await run.artifacts.seal('completed');
    const success = { ...stored, ...times(run.artifacts.stored()) };
    run.reporter.ended('completed', success);
    return success;
  } catch (error) {
    const { aborted } = run.control;
    const plugin = deps.registry.find(input.step.plugin, input.step.operation)?.plugin;
    const outcome = aborted?.outcome ?? 'failed';
    const left = await keepWhatIsLeft(deps, input, run, { outcome, error });
    const ended = times(left.artifacts);
    const failure: StepFailure = {
      ...ended,
      ...left.output,
      started_at: begun ? startedAt : null,
      outcome,
      error: toStepError(aborted?.error ?? error, plugin),
      ...(run.handle !== undefined && { handle: run.handle }),
    };
    if (begun) run.reporter.ended(outcome, ended, failure.error);
    throw stepFailed(failure);
  } finally {
    await run.end();
  }
}

/** History holds the first of them, and their number where there are more. */
function filesOf(stored: string[]): Pick<TryTimes, 'artifacts' | 'artifact_count'> {
  const { artifacts, artifact_count } = listArtifacts({ artifacts: stored });
  return { artifacts, ...(artifact_count > artifacts.length && { artifact_count }) };
}

/** Nothing is done for an execution that the edge has withdrawn, or that was started by a lost command. */
async function confirm({ poster }: StepActivityDeps, { execution }: RunStepInput, { control }: Try): Promise<void> {
  const { id, attempt } = execution;
  if ((await poster.confirm(id, attempt, control.signal)) === 'ok') return;
  control.abort('withdrawn', false);
  control.signal.throwIfAborted();
}

async function perform(deps: StepActivityDeps, input: RunStepInput, run: Try): Promise<JsonValue> {
  const { control } = run;
  const { plugin, operation, timeout_ms } = input.step;
  const found = deps.registry.find(plugin, operation);
  if (!found) {
    const message = `This worker does not offer ${plugin}.${operation}.`;
    throw new PluginError({ code: 'PLUGIN_UNAVAILABLE', message, retryable: true });
  }
  const spec = await deps.configs.spec(input, control.signal);
  const config = await deps.configs.config(input, spec, found.operation, control.signal);
  control.startTimeout(timeout_ms);
  const context = operationContext(deps, input, run, { config, resources: spec.resources });
  let answer: JsonValue;
  try {
    answer = await control.orAbandon(start(found, context, { input, run }));
  } finally {
    if (control.aborted === null) control.workEnded();
    else control.workStopped();
  }
  if (control.aborted?.outcome === 'failed') throw control.aborted.error;
  return answer;
}

/** An operation that throws before it returns a promise has failed as any other. */
async function start(
  { plugin, operation }: { plugin: Plugin; operation: WorkerOperation },
  context: OperationContext<unknown>,
  of: { input: RunStepInput; run: Try },
): Promise<JsonValue> {
  if ('run' in operation) return operation.run(context);
  return runRemote({ plugin, operation, context, run: of.run, idempotencyKey: idempotencyKey(of.input) });
}

/** What `run` and `cleanup` of an operation get. */
export function operationContext<Config>(
  { projectDir, dataDir }: Pick<ActivityDeps, 'projectDir' | 'dataDir'>,
  { execution, step, try: number }: Pick<RunStepInput, 'execution' | 'step' | 'try'>,
  { control, reporter, artifacts }: Try,
  { config, resources }: { config: Config; resources: OperationContext<Config>['resources'] | object },
): OperationContext<Config> {
  return {
    config,
    execution,
    step: { id: step.id, try: number },
    resources: resources && { ...resources },
    signal: control.signal,
    killSignal: control.killSignal,
    get gracePeriodMs() {
      return control.graceMs;
    },
    workEnded: control.workEnded,
    workStopped: control.workStopped,
    get storingSignal() {
      return control.storingSignal;
    },
    log: reporter.log,
    progress: reporter.progress,
    usage: reporter.usage,
    artifacts,
    projectDir,
    dataDir,
  };
}
