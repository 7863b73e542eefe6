import type { EventType, ExecutionEvent, Patch } from '../schemas/event.ts';
import type { ExecutionSummary, StepDetail } from '../schemas/execution.ts';
import {
  type ExecutionStatus,
  isTerminalExecution,
  isTerminalStep,
  type StepStatus,
} from '../schemas/execution-status.ts';
import { apply, commit, type Input, type StateChange } from './apply.ts';
import { closeEvents, type Shown } from './close-events.ts';
import { diffFields } from './diff-fields.ts';
import type { ExecutionState, HeaderStep } from './execution-state.ts';
import { executionStatus, summarize } from './execution-view.ts';
import { stepViews } from './step-views.ts';

/** What `advance` changed, to be stored and told. */
export interface Advance {
  /** What became visible, in order; `seq` goes on from the state's. */
  events: ExecutionEvent[];
  /** Ids of the steps whose row changed. */
  steps: string[];
  /** Whether the core row changed. */
  core: boolean;
  /** Makes these events (by position, ascending) ends of frames too; see closeEvents. It changes them and the last one. */
  closeAt(positions: readonly number[]): void;
}

/**
 * Takes `inputs` into `state`, in place, and tells what became visible. Inputs that say nothing new make no event.
 * Each event holds the fields of its step that changed, or the execution's new status; what follows for the execution as
 * a whole (progress, current_steps, updated_at …) is in the last event of the call, so that folding all of them gives what
 * GET answers. Events that do not fit into one frame are cut by `closeAt`.
 *
 * @param now time of the call, ISO 8601
 */
export function advance(state: ExecutionState, inputs: readonly Input[], now: string): Advance {
  const before = summaryOf(state);
  const recorder = createRecorder(state, now);
  for (const input of inputs) recorder.take(input);
  return recorder.finish(before);
}

/** The first event of an execution, and the state that it makes. */
export function announce(state: ExecutionState, now: string): ExecutionEvent {
  state.core.seq += 1;
  state.core.updated_at = now;
  return executionEvent(state, 'workflow.execution.queued', now, { execution: summaryOf(state) });
}

// The last summary of a state is kept beside it: making it anew before every batch would double the work.
const summaries = new WeakMap<ExecutionState, ExecutionSummary>();

function summaryOf(state: ExecutionState): ExecutionSummary {
  const known = summaries.get(state);
  if (known && known.seq === state.core.seq) return known;
  const summary = summarize(state, stepViews(state).all());
  summaries.set(state, summary);
  return summary;
}

function createRecorder(state: ExecutionState, now: string) {
  const events: ExecutionEvent[] = [];
  const shown: Shown[] = [];
  let told = { ...state.core };
  const dirty = new Set<string>();
  let coreChanged = false;

  function take(input: Input): void {
    const change = apply(state, input);
    if (!change.core && !change.steps) return;
    const status = executionStatus(state.core);
    const views = stepViews(state);
    commit(state, change);
    coreChanged ||= change.core !== undefined;
    for (const [id] of change.steps ?? []) dirty.add(id);

    const next = executionStatus(state.core);
    const ends = next !== status && isTerminalExecution(next);
    if (change.core && !ends) told = { ...state.core };
    if (next !== status && !ends) pushStatus(next);
    for (const step of stepsToShow(state, change)) {
      const { before, after } = views.refresh(step);
      recordStep(before, after);
    }
    // The end is told once the steps' ends are.
    if (ends) {
      told = { ...state.core };
      pushStatus(next);
    }
  }

  function pushStatus(status: ExecutionStatus): void {
    push(executionEvent(state, executionEventType(status), now, { execution: { status } }));
  }

  function recordStep(before: StepDetail, after: StepDetail): void {
    const fields = diffFields(before, after);
    if (!fields) return;
    const type = stepEventType(before.status, after, fields);
    push(stepEvent(state, type, now, after, { steps: { [after.id]: fields } }), { before, after });
  }

  function push(event: ExecutionEvent, step: Shown['step'] = null): void {
    state.core.seq += 1;
    events.push({ ...event, seq: state.core.seq });
    shown.push({ core: told, step });
  }

  function finish(before: ExecutionSummary): Advance {
    if (events.length === 0 && coreChanged && diffFields(before, freshSummary(state))) {
      push(executionEvent(state, 'workflow.execution.updated', now, {}));
    }
    const last = events.at(-1);
    if (last) {
      state.core.updated_at = now;
      const after = freshSummary(state);
      summaries.set(state, after);
      const { patch } = last.data;
      last.data.patch = { ...patch, execution: { ...patch.execution, ...diffFields(before, after) } };
      for (const event of events) completeExecutionData(event, after);
    }
    const closeAt = (positions: readonly number[]) => closeEvents({ state, events, shown, before }, positions);
    return { events, steps: [...dirty], core: coreChanged || last !== undefined, closeAt };
  }

  return { take, finish };
}

function freshSummary(state: ExecutionState): ExecutionSummary {
  summaries.delete(state);
  return summaryOf(state);
}

/** Steps that the change may show differently: those it names, and all when it ends the execution. */
const stepsToShow = ({ header, index }: ExecutionState, { core, steps = [] }: StateChange): readonly HeaderStep[] =>
  core?.end ? header.steps : steps.flatMap(([id]) => index.get(id) ?? []);

function executionEventType(status: ExecutionStatus): EventType {
  switch (status) {
    case 'queued':
      return 'workflow.execution.queued';
    case 'running':
      return 'workflow.execution.started';
    default:
      return `workflow.execution.${status}`;
  }
}

function stepEventType(before: StepStatus, after: StepDetail, fields: Partial<StepDetail>): EventType {
  if (before === after.status && !('tries' in fields))
    return 'progress' in fields ? 'workflow.step.progress' : 'workflow.step.updated';
  switch (after.status) {
    case 'running':
      return 'workflow.step.started';
    case 'pending':
      return 'workflow.step.updated';
    default:
      return `workflow.step.${after.status}`;
  }
}

function executionEvent(state: ExecutionState, type: EventType, now: string, patch: Patch): ExecutionEvent {
  const { execution_id, workflow_id } = state.header;
  return {
    seq: state.core.seq,
    type,
    timestamp: now,
    data: { execution_id, workflow_id, status: executionStatus(state.core), patch },
  };
}

function stepEvent(
  state: ExecutionState,
  type: EventType,
  now: string,
  step: StepDetail,
  patch: Patch,
): ExecutionEvent {
  const { execution_id, workflow_id } = state.header;
  const { status, tries, duration_seconds, output, error } = step;
  const ended = isTerminalStep(status) && {
    duration_seconds: duration_seconds ?? null,
    ...(error ? { error } : { output: output ?? null }),
  };
  return {
    seq: 0,
    type,
    timestamp: now,
    data: { execution_id, workflow_id, step_id: step.id, status, tries, ...ended, patch },
  };
}

/** What the payload of the execution's last event says beyond its patch; known only once all inputs are in. */
function completeExecutionData(event: ExecutionEvent, after: ExecutionSummary): void {
  if (event.data.step_id !== undefined || !isTerminalExecution(executionStatusOf(event))) return;
  const { duration_seconds, resource_usage, artifacts, artifact_count, error, reason } = after;
  Object.assign(event.data, {
    duration_seconds,
    cost_usd: resource_usage.cost_usd,
    artifacts,
    artifact_count,
    ...(error && { error }),
    ...(reason && { reason }),
  });
}

const executionStatusOf = (event: ExecutionEvent) => event.data.status as ExecutionStatus;
