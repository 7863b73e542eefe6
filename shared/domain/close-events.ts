import type { ExecutionEvent } from '../schemas/event.ts';
import type { ExecutionSummary, StepDetail } from '../schemas/execution.ts';
import { diffFields } from './diff-fields.ts';
import type { ExecutionCore, ExecutionState } from './execution-state.ts';
import { summarize } from './execution-view.ts';
import { stepViews } from './step-views.ts';

/** What an event was made from: the core as the events so far tell of it, and the step before and after it. */
export interface Shown {
  core: ExecutionCore;
  step: { before: StepDetail; after: StepDetail } | null;
}

/** The events of one call of `advance`, what each was made from, and the execution before them. */
export interface ShownEvents {
  state: ExecutionState;
  events: readonly ExecutionEvent[];
  shown: readonly Shown[];
  before: ExecutionSummary;
}

/**
 * Makes the events at `positions` ends of frames, as the last event is one: each gets what has changed by then for the
 * execution as a whole. Folding up to such an event gives a state that is right in itself: its progress is that of its
 * steps, and it has not ended before the event that says so.
 */
export function closeEvents({ state, events, shown, before }: ShownEvents, positions: readonly number[]): void {
  const last = events.length - 1;
  const ends = new Set([...positions, last]);
  const details = detailsBefore(state, shown);
  let known = before;
  events.forEach((event, position) => {
    const { core, step } = shown[position] ?? { core: state.core, step: null };
    if (step) details.set(step.after.id, step.after);
    if (!ends.has(position)) return;
    // What changed after the last event, without one of its own, is told by it too.
    const told = position === last ? state.core : core;
    const then = { ...state, core: { ...told, seq: event.seq, updated_at: event.timestamp } };
    const after = summarize(then, [...details.values()]);
    const { patch } = event.data;
    event.data.patch = { ...patch, execution: { ...patch.execution, ...diffFields(known, after) } };
    known = after;
  });
}

/** The steps as they were shown before the call, in definition order. */
function detailsBefore(state: ExecutionState, shown: readonly Shown[]): Map<string, StepDetail> {
  const details = new Map(
    stepViews(state)
      .all()
      .map((step) => [step.id, step]),
  );
  // A key that is there keeps its place.
  for (const { step } of shown.toReversed()) if (step) details.set(step.before.id, step.before);
  return details;
}
