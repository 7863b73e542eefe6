import type { z } from 'zod';
import type { WaitingFor } from '../schemas/execution.ts';
import type {
  ClosedUpdate,
  DecisionOrder,
  ResultUpdate,
  StepDecidedUpdate,
  StepProgressUpdate,
  StepResult,
  Update,
} from '../schemas/update.ts';
import { sameValue } from './diff-fields.ts';
import { dropsOutputs, withoutOutputs } from './drop-outputs.ts';
import {
  EMPTY_STEP,
  type ExecutionCore,
  type ExecutionState,
  type StepState,
  type StopRequest,
  type TryState,
} from './execution-state.ts';
import { listArtifacts } from './listed-artifacts.ts';

/** What the edge itself does to an execution. */
export type EdgeInput =
  | { type: 'stop_requested'; stop: StopRequest }
  | { type: 'withdrawn'; at: string }
  | { type: 'waiting_for'; waiting_for: WaitingFor | null };

/** Whatever may change an execution. */
export type Input = Update | EdgeInput;

/** New values of the parts that an input changed; absent parts are as they were. */
export interface StateChange {
  core?: ExecutionCore;
  steps?: [id: string, step: StepState][];
}

const NO_CHANGE: StateChange = {};

/**
 * What `input` changes in `state`: pure, idempotent, and commutative for updates, so that permuted and repeated updates
 * converge. (An execution that ended stays as it ended, and so does a step, except that the published result of the same
 * attempt replaces what history said of a step. Of a result, a `closed` and a `withdrawn` the first one to arrive ends the
 * execution; the engine makes more than one only of a run that it closed while its result was under way.) Updates about steps that the execution does not have change nothing.
 */
export function apply(state: ExecutionState, input: Input): StateChange {
  if (state.core.end !== null) return NO_CHANGE;
  const change = changeOf(state, input);
  return change.core && dropsOutputs(change.core) ? { ...change, steps: withoutOutputs(state, change.steps) } : change;
}

function changeOf(state: ExecutionState, input: Input): StateChange {
  const { core } = state;
  switch (input.type) {
    case 'execution_started':
      return changeCore(core, started(core, input.at));
    case 'start_delayed':
      return core.started_at === null
        ? changeCore(core, { waiting_for: { reason: input.reason, detail: input.detail } })
        : NO_CHANGE;
    case 'waiting_for':
      return core.started_at === null ? changeCore(core, { waiting_for: input.waiting_for }) : NO_CHANGE;
    case 'stop_requested':
      return requestStop(core, input.stop);
    case 'withdrawn':
      return changeCore(core, {
        waiting_for: null,
        end: { status: 'stopped', completed_at: input.at, error: null, withdrawn: true },
      });
    case 'closed':
      return close(core, input);
    case 'result':
      return publish(state, input);
    case 'step_decided':
      return changeStep(state, input.step_id, (step) => beginWaiting(decide(step, input), input));
    case 'step_started':
      return {
        ...changeStep(state, input.step_id, (step) => withTry(step, input.try, (t) => startTry(t, input.at))),
        ...stepStarted(state, input),
      };
    case 'step_progress':
      return changeStep(state, input.step_id, (step) =>
        withTry(step, input.try, (t) => (t.failed === null ? report(t, input) : t)),
      );
    case 'step_try_failed':
      return changeStep(state, input.step_id, (step) =>
        withTry(step, input.try, (t) => ({
          ...startTry(t, input.started_at),
          failed: { at: input.at, error: input.error },
          progress: null,
          usage: null,
        })),
      );
    case 'step_ended':
      return changeStep(state, input.result.step_id, (step) => settle(step, input.result, false));
    default:
      throw new Error(`unknown input ${JSON.stringify(input satisfies never)}`);
  }
}

/** Puts a change into the state. */
export function commit(state: ExecutionState, change: StateChange): void {
  if (change.core) Object.assign(state.core, change.core);
  for (const [id, step] of change.steps ?? []) state.steps.set(id, step);
}

function changeCore(core: ExecutionCore, fields: Partial<ExecutionCore>): StateChange {
  const changed = Object.entries(fields).some(([key, value]) => !sameValue(core[key as keyof ExecutionCore], value));
  return changed ? { core: { ...core, ...fields } } : NO_CHANGE;
}

function changeStep(state: ExecutionState, id: string, next: (step: StepState) => StepState): StateChange {
  const known = state.steps.get(id);
  if (!known && !state.index.has(id)) return NO_CHANGE;
  const before = known ?? EMPTY_STEP;
  const after = next(before);
  return after === before || sameValue(after, before) ? NO_CHANGE : { steps: [[id, after]] };
}

const started = (core: ExecutionCore, at: string): Partial<ExecutionCore> => ({
  started_at: core.started_at === null || at < core.started_at ? at : core.started_at,
  waiting_for: null,
});

function stepStarted({ core, index }: ExecutionState, input: { step_id: string; at: string }): StateChange {
  return index.has(input.step_id) ? changeCore(core, started(core, input.at)) : NO_CHANGE;
}

/** The first request counts; a later one can only take away the grace. */
function requestStop(core: ExecutionCore, stop: StopRequest): StateChange {
  if (core.stop === null) return changeCore(core, { stop });
  return core.stop.graceful && !stop.graceful
    ? changeCore(core, { stop: { ...core.stop, graceful: false } })
    : NO_CHANGE;
}

function close(core: ExecutionCore, input: z.infer<typeof ClosedUpdate>): StateChange {
  return changeCore(core, {
    waiting_for: null,
    end: { status: input.status, completed_at: input.at, error: input.error, withdrawn: false },
  });
}

function publish(state: ExecutionState, input: z.infer<typeof ResultUpdate>): StateChange {
  const { core } = state;
  const earlier = core.result?.received ?? [];
  if (earlier.includes(input.page)) return NO_CHANGE;
  const received = [...earlier, input.page].sort((a, b) => a - b);
  const { status, completed_at, error, pages } = input;
  const done = received.length === pages;
  return {
    core: {
      ...core,
      ...started(core, input.started_at),
      result: done ? null : { status, completed_at, error, pages, received },
      end: done ? { status, completed_at, error, withdrawn: false } : null,
    },
    steps: input.steps.flatMap(
      (result) => changeStep(state, result.step_id, (step) => settle(step, result, true)).steps ?? [],
    ),
  };
}

/** Nothing that was reported or decided matters once the step has ended. */
function settle(step: StepState, told: StepResult, published: boolean): StepState {
  if (step.published || (step.result !== null && !published)) return step;
  const result = { ...told, ...listArtifacts(told) };
  // The usual case: what is published is what history said already, and no row needs to be written again.
  if (step.result !== null && sameValue(step.result, result)) return step;
  return { tries: result.tries, decided: null, current: null, result, published, full: true };
}

function decide(step: StepState, input: StepDecidedUpdate): StepState {
  if (step.result !== null) return step;
  // Not only when it wins: which fields are shown must not depend on the order of arrival.
  const full = step.full || input.status === 'skipped' || input.status === 'cancelled';
  if (step.decided !== null && compareOrder(input.order, step.decided.order) <= 0)
    return full === step.full ? step : { ...step, full };
  const { status, at, order } = input;
  return {
    ...step,
    full,
    decided: { status, try: input.try, at, order, next_try_at: input.next_try_at ?? null, error: input.error ?? null },
  };
}

/** A step that waits does so in a try, of whose start nobody else tells. */
const beginWaiting = (step: StepState, { status, try: n, at }: StepDecidedUpdate): StepState =>
  status === 'waiting' ? withTry(step, n, (t) => startTry(t, at)) : step;

function compareOrder(a: DecisionOrder, b: DecisionOrder): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Changes the state of try `n`, unless the step has ended or a later try is known. */
function withTry(step: StepState, n: number, change: (current: TryState) => TryState): StepState {
  if (step.result !== null || (step.current !== null && step.current.try > n)) return step;
  const current =
    step.current?.try === n ? step.current : { try: n, started_at: null, failed: null, progress: null, usage: null };
  return { ...step, tries: Math.max(step.tries, n), full: true, current: change(current) };
}

const startTry = (current: TryState, at: string): TryState => ({
  ...current,
  started_at: current.started_at === null || at < current.started_at ? at : current.started_at,
});

const report = (current: TryState, input: StepProgressUpdate): TryState => ({
  ...current,
  progress: newer(current.progress, input.n, input.progress),
  usage: newer(current.usage, input.n, input.usage),
});

function newer<T>(
  held: { n: number; value: T } | null,
  n: number,
  value: T | undefined,
): { n: number; value: T } | null {
  return value === undefined || (held !== null && held.n >= n) ? held : { n, value };
}
