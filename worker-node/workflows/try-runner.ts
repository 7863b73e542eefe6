import { CancellationScope, sleep, workflowInfo } from '@temporalio/workflow';
import { parseDuration } from '../../shared/domain/duration.ts';
import { isOutputRef } from '../../shared/domain/output-ref.ts';
import type { RunContext } from '../../shared/schemas/command.ts';
import type { StepSpec } from '../../shared/schemas/plan.ts';
import type { StepInput } from '../activities/contract.ts';
import { stepActivities } from './activities.ts';
import { createIsUpstream } from './ancestors.ts';
import { computeQueue } from './contract.ts';
import { decideRetry } from './decide-retry.ts';
import { createInlineBudget } from './inline-budget.ts';
import { jsonBytes } from './json-size.ts';
import { later } from './later.ts';
import type { RunState, RunStep } from './run-state.ts';
import { createStepInputs } from './step-input.ts';
import type { StepTimer } from './step-record.ts';
import { readTryFailure, STOPPED, stepError, type TryEnd } from './try-end.ts';
import { type TryEndTold, tryEnded, tryStarted } from './try-entries.ts';

export interface TryRunner {
  /** Begins the next try of a step; answers about how many bytes of history that takes. */
  begin(step: RunStep): number;
  /** What the activities of a step need, for its newest try. */
  inputOf(step: RunStep): StepInput;
  /** The step, which no worker runs now, will not run (again), since the execution stops. */
  drop(step: RunStep): void;
  /** Goes on waiting for the timers that an earlier run of the chain has left. */
  resumeTimers(): void;
  /** Asks the running tries to end. */
  cancel(): void;
}

export interface TryRunnerDeps {
  context: RunContext;
  startedAt: string;
  /** Null when they are not in history. */
  specs: Record<string, StepSpec> | null;
  state: RunState;
  stopping(): boolean;
  /** A try was cancelled by somebody outside the workflow. */
  onCancelled(how: 'cancelled' | 'withdrawn'): void;
  /** Something happened since the workflow last looked. */
  wake(): void;
}

/** Runs tries, on a worker or as a timer, and decides what follows from how they end. */
export function createTryRunner(deps: TryRunnerDeps): TryRunner {
  const { context, startedAt, specs, state, wake } = deps;
  const pool = workflowInfo().taskQueue;
  const tries = new CancellationScope();
  const inputs = createStepInputs(context, specs, (id) => state.of(id)?.record, {
    unusual: state.counting.unusual,
    isUpstream: createIsUpstream(state.steps.map(({ plan }) => plan)),
  });
  const inlineSoFar = state.steps.reduce((total, step) => total + inlineBytes(step, context.execution.id), 0);
  const budget = createInlineBudget(inlineSoFar, state.unfinished);

  /** Awaits what a worker does for a step, unless the step has been given up by then. */
  function onWorker<T>(
    step: RunStep,
    activity: () => Promise<T>,
    then: (answer: T) => void,
    failed: (end: TryEnd) => void,
  ): void {
    state.running.add(step);
    const settle = (act: () => void) => {
      if (!state.running.delete(step)) return;
      act();
      wake();
    };
    tries.run(activity).then(
      (answer) => settle(() => then(answer)),
      (error) => {
        const end = readTryFailure(error, now());
        settle(() => failed(end));
      },
    );
  }

  function beginStep(step: RunStep, input: StepInput): void {
    const { plan } = step;
    const inline_bytes = budget.grant();
    const queue = plan.slot === 'compute' ? computeQueue(pool) : pool;
    // The worker remembers the edge's word, so that asking again costs nothing there.
    const confirm = !state.confirmed;
    const end = (end: TryEnd) => {
      budget.settle(inline_bytes, end.inline_bytes ?? 0);
      ended(step, end);
    };
    onWorker(
      step,
      () => stepActivities(plan, queue).runStep({ ...input, not_before: notBefore(step), confirm, inline_bytes }),
      (success) => end({ outcome: 'completed', ...success }),
      end,
    );
  }

  /** core.sleep: its duration is in the config, or has to be worked out where expressions are. */
  function beginSleep(step: RunStep, input: StepInput): void {
    const { level, message } = tryStarted(step.plan, input.try);
    state.outbox.log(level, message, step.plan);
    const begun = later(now(), notBefore(step));
    const written = input.spec?.config.duration;
    const ms = typeof written === 'string' ? parseDuration(written) : null;
    if (ms !== null) wait(step, ms, begun);
    else
      onWorker(
        step,
        () => stepActivities(step.plan, pool).resolveConfig(input),
        (config) => wait(step, config.duration_ms, begun),
        (end) => ended(step, end),
      );
  }

  function wait(step: RunStep, ms: number, begun: string): void {
    const { record, plan } = step;
    if (deps.stopping()) {
      sleepEnded(step, 'cancelled', begun);
      return;
    }
    record.decided = state.outbox.decide({ step_id: plan.id, status: 'waiting', try: record.tries, at: begun });
    const kind = ms > plan.timeout_ms ? 'limit' : 'sleep';
    startTimer(step, { kind, due: Date.now() + Math.min(ms, plan.timeout_ms) });
  }

  function startTimer(step: RunStep, timer: StepTimer): void {
    step.record.timer = timer;
    sleep(Math.max(1, timer.due - Date.now())).then(() => {
      // A step that was cancelled meanwhile waits for nothing any more.
      if (step.record.timer !== timer) return;
      step.record.timer = null;
      if (timer.kind === 'backoff') state.ready.add(step.index);
      else sleepEnded(step, timer.kind, begunAt(step));
      wake();
    });
  }

  /** When a sleep began: it is in the decision to wait. */
  const begunAt = (step: RunStep): string => step.record.decided?.at ?? notBefore(step);

  function sleepEnded(step: RunStep, how: 'sleep' | 'limit' | 'cancelled', started_at: string): void {
    const times = { started_at, completed_at: later(now(), started_at), usage: null, artifacts: [] };
    const timeout = stepError('TIMEOUT', 'The step took longer than its timeout.', true);
    if (how === 'sleep') ended(step, { ...times, outcome: 'completed', output: null, inline_bytes: 0 });
    else if (how === 'limit') ended(step, { ...times, outcome: 'failed', error: timeout });
    else ended(step, { ...times, outcome: 'cancelled', error: STOPPED });
  }

  function logEnd({ plan, record }: RunStep, end: TryEndTold): void {
    for (const { level, message } of tryEnded(plan, record.tries, end)) state.outbox.log(level, message, plan);
  }

  function ended(step: RunStep, end: TryEnd): void {
    // Otherwise the worker that ran the try has told its end.
    const lostWithWorker = end.outcome === 'lost' && end.started_at === null;
    if (step.plan.in_engine || lostWithWorker) logEnd(step, end);
    const { started_at, completed_at, usage } = end;
    const neverBegan = started_at === null && (end.outcome === 'cancelled' || end.outcome === 'withdrawn');
    const tries = neverBegan ? step.record.tries - 1 : step.record.tries;
    if (!neverBegan) keepFiles(step, end);
    const result = {
      step_id: step.plan.id,
      tries,
      started_at,
      completed_at,
      usage,
      artifacts: [],
      ...step.record.left,
    };
    if (end.outcome === 'completed') {
      state.end(step, { ...result, status: 'completed', output: end.output, error: null });
      return;
    }
    const { outcome, error } = end;
    // A try that was lost before its first heartbeat has left the remote job that it was given.
    step.record.handle = end.handle ?? (outcome === 'failed' ? null : step.record.handle);
    const again = (outcome === 'failed' || outcome === 'lost') && retried(step, { ...end, outcome });
    if (again) return;
    // A try that is lost while the execution stops has not failed: nobody will have it again.
    const failed = outcome === 'failed' || (outcome === 'lost' && !deps.stopping());
    if (failed) state.end(step, { ...result, status: 'failed', output: null, error });
    else state.end(step, { ...result, status: 'cancelled', output: end.output ?? null, error: null });
    if (outcome === 'cancelled' || outcome === 'withdrawn') deps.onCancelled(outcome);
  }

  /** What is lost with its worker, or was withdrawn, leaves the files of the try before it in their place. */
  function keepFiles({ record }: RunStep, { outcome, artifacts, artifact_count, try: earlier }: TryEnd): void {
    if (outcome === 'lost' || outcome === 'withdrawn') return;
    record.counts = earlier ?? record.tries;
    record.left = { artifacts, ...(artifact_count !== undefined && { artifact_count }) };
  }

  /** Decides on another try; false when there is none. */
  function retried(
    step: RunStep,
    end: Exclude<TryEnd, { outcome: 'completed' }> & { outcome: 'failed' | 'lost' },
  ): boolean {
    const { record, plan } = step;
    record[end.outcome]++;
    const decision = deps.stopping() ? { again: false as const } : decideRetry(plan.retry, record, end);
    if (!decision.again) return false;
    state.counting.note(step);
    const { error, completed_at: at } = end;
    if (end.started_at !== null) {
      const update = { step_id: plan.id, try: record.tries, started_at: end.started_at, at, error };
      record.tryFailed = { type: 'step_try_failed', ...update };
      state.outbox.record(record.tryFailed);
    }
    const due = Date.now() + decision.delayMs;
    const next_try_at = new Date(due).toISOString();
    record.decided = state.outbox.decide({
      step_id: plan.id,
      status: 'retrying',
      try: record.tries + 1,
      next_try_at,
      error,
    });
    state.outbox.log(
      'WARN',
      `Step "${plan.id}" is tried again, since try ${record.tries} ended with ${error.code}: ${error.message}`,
      plan,
    );
    if (decision.delayMs === 0) state.ready.add(step.index);
    else startTimer(step, { kind: 'backoff', due });
    return true;
  }

  function notBefore({ plan }: RunStep): string {
    const ends = plan.depends_on.map((id) => state.of(id)?.record.result?.completed_at ?? null);
    return ends.reduce<string>(later, startedAt);
  }

  return {
    begin(step) {
      const { record, plan } = step;
      record.tries++;
      const { input, bytes } = inputs.of(plan, record.tries);
      // A later try is `retrying` until it starts; it needs no other decision.
      if (record.tries === 1 && !plan.in_engine)
        record.decided = state.outbox.decide({ step_id: plan.id, status: 'queued', try: 1 });
      if (plan.in_engine) beginSleep(step, input);
      else beginStep(step, input);
      return bytes;
    },
    inputOf: ({ plan, record }) => inputs.of(plan, record.result?.tries ?? record.tries).input,
    drop(step) {
      const { timer } = step.record;
      if (timer !== null && timer.kind !== 'backoff') sleepEnded(step, 'cancelled', begunAt(step));
      else state.cancel(step);
    },
    resumeTimers() {
      for (const step of state.steps) if (step.record.timer) startTimer(step, step.record.timer);
    },
    cancel: () => tries.cancel(),
  };
}

const now = () => new Date().toISOString();

function inlineBytes({ record }: RunStep, executionId: string): number {
  const output = record.result?.output ?? null;
  return output === null || isOutputRef(output, executionId) ? 0 : jsonBytes(output);
}
