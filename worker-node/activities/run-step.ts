import { ApplicationFailure, Context } from '@temporalio/activity';
import { listArtifacts } from '../../shared/domain/listed-artifacts.ts';
import { engineWorkflowId } from '../../shared/schemas/command.ts';
import type { JsonValue } from '../../shared/schemas/json.ts';
import { createNewest } from '../newest.ts';
import {
  type Artifact,
  type OperationContext,
  type Plugin,
  PluginError,
  type WorkerOperation,
} from '../plugins/define-plugin.ts';
import { later } from '../workflows/later.ts';
import type { Activities, RunStepInput, StepFailure, StepSuccess, TryTimes } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import type { Heartbeats } from './heartbeats.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { runRemote } from './run-remote.ts';
import type { StepConfigs } from './step-config.ts';
import { toStepError } from './step-error.ts';
import { storeOutput } from './step-output.ts';
import { createStepTurns } from './step-turns.ts';
import { createTry, type Try } from './try.ts';

/** Steps whose success is remembered, of at most a few kilobytes each: more than end while the engine is away. */
const REMEMBERED = 2_000;

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
  // By step. A later try of one that completed means that the engine had given the try up before it could be told.
  const completed = createNewest<{ try: number; success: StepSuccess }>(REMEMBERED);
  return (input) => {
    const { execution, step } = input;
    const key = `${engineWorkflowId(execution.id, execution.attempt)}/${step.id}`;
    const run = createTry(deps, input, Context.current());
    async function take(): Promise<StepSuccess> {
      const known = completed.get(key);
      if (known && known.try < input.try) return tellAgain(run, known);
      const success = await runTry(deps, input, run);
      completed.put(key, { try: input.try, success });
      return success;
    }
    return turns.take(key, take, () => run.control.abort('lost', false));
  };
}

async function tellAgain({ reporter, end }: Try, known: { try: number; success: StepSuccess }): Promise<StepSuccess> {
  reporter.log('INFO', `Not run again: try ${known.try} has completed here, which Temporal had not heard of.`);
  await end();
  return known.success;
}

async function runTry(deps: StepActivityDeps, input: RunStepInput, run: Try): Promise<StepSuccess> {
  const startedAt = later(new Date().toISOString(), input.not_before);
  let begun = false;
  const times = (): TryTimes => ({
    started_at: startedAt,
    completed_at: later(new Date().toISOString(), startedAt),
    usage: run.reporter.usageSoFar(),
    ...filesOf(run.artifacts.stored()),
  });
  try {
    run.control.signal.throwIfAborted();
    begun = true;
    run.reporter.started(startedAt);
    if (input.confirm) await confirm(deps, input, run);
    const answer = await perform(deps, input, run);
    // What a stopped operation finished within its grace period is kept.
    const { aborted, graceMs, signal } = run.control;
    const stored = await storeOutput(deps.edge, input, answer, aborted ? AbortSignal.timeout(graceMs) : signal);
    const success = { ...stored, ...times() };
    run.reporter.ended('completed', success);
    return success;
  } catch (error) {
    const { aborted } = run.control;
    const plugin = deps.registry.find(input.step.plugin, input.step.operation)?.plugin;
    const cause = aborted?.error ?? error;
    const ended = times();
    const failure: StepFailure = {
      ...ended,
      started_at: begun ? startedAt : null,
      outcome: aborted?.outcome ?? 'failed',
      error: toStepError(cause, plugin),
      ...(run.handle !== undefined && { handle: run.handle }),
    };
    if (begun) run.reporter.ended(failure.outcome, ended, failure.error);
    const { code, message } = failure.error;
    throw ApplicationFailure.create({ type: code, message, nonRetryable: true, details: [failure] });
  } finally {
    await run.end();
  }
}

/** History holds the first of them, and their number where there are more. */
function filesOf(stored: readonly Artifact[]): Pick<TryTimes, 'artifacts' | 'artifact_count'> {
  const { artifacts, artifact_count } = listArtifacts({ artifacts: stored.map(({ uri }) => uri) });
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
  const answer = await control.orAbandon(start(found, context, { input, run }));
  control.stopTimeout();
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
    log: reporter.log,
    progress: reporter.progress,
    usage: reporter.usage,
    artifacts,
    projectDir,
    dataDir,
  };
}
