import type { RunContext } from '../../shared/schemas/command.ts';
import type { ExecutionError, StepError } from '../../shared/schemas/execution.ts';
import type { PlanStep } from '../../shared/schemas/plan.ts';
import type { StepResult, Update } from '../../shared/schemas/update.ts';
import { type ChainState, type PackedRecord, packRecord, unpackRecord } from './chain-state.ts';
import { type CountingTries, createCountingTries } from './counting-tries.ts';
import { createReadySet, type ReadySet } from './ready-set.ts';
import { emptyResult, newRecord, type StepRecord } from './step-record.ts';
import { stepError } from './try-end.ts';
import { createUpdateOutbox, type UpdateOutbox } from './update-outbox.ts';

/** A step of the plan, and what became of it. */
export interface RunStep {
  index: number;
  plan: PlanStep;
  record: StepRecord;
}

/** What is known of all steps, and the rules that lead from one step's end to others. */
export interface RunState {
  readonly steps: readonly RunStep[];
  readonly ready: ReadySet;
  readonly outbox: UpdateOutbox;
  readonly counting: CountingTries;
  /** Steps whose try runs on some worker. */
  readonly running: Set<RunStep>;
  /** Steps that have not ended. */
  readonly unfinished: number;
  /** The first step that failed. */
  readonly error: ExecutionError | null;
  /** True once a step has completed on some worker: its try had the edge's word that this attempt is wanted. */
  readonly confirmed: boolean;
  of(stepId: string): RunStep | undefined;
  /** History has recorded how a step ended: its dependants become ready, or are skipped. */
  end(step: RunStep, result: StepResult): void;
  /** The step ends now, since the execution stops: nothing is, or will be, told of how its newest try ended. */
  cancel(step: RunStep): void;
  /** All that was recorded and decided, as updates. */
  snapshot(): Update[];
  /** When the workflow goes on by itself, if it only waits for timers (ISO). */
  quietUntil(): string | null;
  pack(): { chain: ChainState; packed: PackedRecord[] };
}

export interface RunStateOptions {
  context: RunContext;
  plan: readonly PlanStep[];
  chain: ChainState;
  /** What earlier runs of the chain left, in plan order; empty in the first. */
  packed: readonly PackedRecord[];
}

export function createRunState({ context, plan, chain, packed }: RunStateOptions): RunState {
  const steps = plan.map((step, index): RunStep => {
    const earlier = packed[index];
    return { index, plan: step, record: earlier ? unpackRecord(step.id, earlier) : newRecord() };
  });
  const byId = new Map(steps.map((step) => [step.plan.id, step]));
  const ready = createReadySet(plan);
  const counting = createCountingTries(steps);
  const running = new Set<RunStep>();
  const outbox = createUpdateOutbox({ context, run: chain.run, logs: chain.logs, snapshot, quietUntil });
  let unfinished = steps.filter(({ record }) => record.result === null).length;
  let error = chain.error;
  let confirmed = steps.some(provesConfirmed);

  for (const { index, record } of steps) if (record.result?.status === 'completed') ready.completed(index);

  function settle(step: RunStep, result: StepResult): void {
    step.record.result = result;
    step.record.timer = null;
    step.record.left = null;
    counting.note(step);
    unfinished--;
  }

  function end(step: RunStep, result: StepResult): void {
    step.record.decided = null;
    settle(step, result);
    confirmed ||= provesConfirmed(step);
    outbox.record({ type: 'step_ended', result });
    if (result.status === 'completed') ready.completed(step.index);
    if (result.status !== 'failed') return;
    const { code, message } = result.error ?? stepError('INTERNAL', 'The step failed.', false);
    error ??= { code, message, step_id: result.step_id };
    skipDependants(step);
  }

  /** That a step never begins is no more than a decision. */
  function endUnbegun(step: RunStep, status: 'skipped' | 'cancelled', why: StepError | null): void {
    const decided = outbox.decide({ step_id: step.plan.id, status, try: 0, ...(why && { error: why }) });
    step.record.decided = decided;
    settle(step, { ...emptyResult(step, status, decided.at), error: why });
  }

  function skipDependants(of: RunStep): void {
    const details = { step_id: of.plan.id };
    const why: StepError = { ...stepError('DEPENDENCY_FAILED', `Step "${of.plan.id}" failed.`, false), details };
    for (const index of ready.failed(of.index)) {
      const step = steps[index];
      if (!step || step.record.result) continue;
      endUnbegun(step, 'skipped', why);
    }
  }

  /** Only when nothing but timers can make the workflow go on. */
  function quietUntil(): string | null {
    if (running.size > 0 || unfinished === 0) return null;
    const due = steps.reduce(
      (first, { record }) => Math.min(first, record.timer?.due ?? first),
      Number.MAX_SAFE_INTEGER,
    );
    return due === Number.MAX_SAFE_INTEGER ? null : new Date(due).toISOString();
  }

  function snapshot(): Update[] {
    const updates: Update[] = [{ type: 'execution_started', at: chain.started_at }];
    for (const { record } of steps) {
      if (record.tryFailed && !record.result) updates.push(record.tryFailed);
      if (record.decided) updates.push(record.decided);
      else if (record.result) updates.push({ type: 'step_ended', result: record.result });
    }
    return updates;
  }

  return {
    steps,
    ready,
    outbox,
    counting,
    running,
    get unfinished() {
      return unfinished;
    },
    get error() {
      return error;
    },
    get confirmed() {
      return confirmed;
    },
    of: (stepId) => byId.get(stepId),
    end,
    cancel(step) {
      if (step.record.tries === 0) endUnbegun(step, 'cancelled', null);
      else end(step, emptyResult(step, 'cancelled', new Date().toISOString()));
    },
    snapshot,
    quietUntil,
    pack: () => ({
      chain: { run: chain.run + 1, started_at: chain.started_at, logs: outbox.logs(), error },
      packed: steps.map(({ record }) => packRecord(record)),
    }),
  };
}

/** What the engine performs by itself asks nobody. */
const provesConfirmed = ({ plan, record }: RunStep): boolean =>
  record.result?.status === 'completed' && !plan.in_engine;
