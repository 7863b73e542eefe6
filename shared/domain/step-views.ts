import type { Execution, StepDetail } from '../schemas/execution.ts';
import type { ExecutionState, HeaderStep } from './execution-state.ts';
import { renderStep, summarize } from './execution-view.ts';

/**
 * The steps of a state as they are shown, in definition order. Rendering all of them for each batch of updates would make
 * a fan-out of thousands quadratic, so they are kept beside the state, and rendered again one by one.
 */
export interface StepViews {
  all(): StepDetail[];
  /** The step as it was shown, and as the state shows it now. */
  refresh(step: HeaderStep): { before: StepDetail; after: StepDetail };
}

const kept = new WeakMap<ExecutionState, StepViews>();

/** The views of a state: made once, then kept with it. */
export function stepViews(state: ExecutionState): StepViews {
  const known = kept.get(state);
  if (known) return known;
  const details = new Map(state.header.steps.map((step) => [step.id, renderStep(state, step)]));
  const views: StepViews = {
    all: () => [...details.values()],
    refresh(step) {
      const after = renderStep(state, step);
      const before = details.get(step.id) ?? after;
      // A key that is there keeps its place.
      details.set(step.id, after);
      return { before, after };
    },
  };
  kept.set(state, views);
  return views;
}

/** The execution as GET answers it. Its steps are those that are kept: who holds on to it takes little memory. */
export function viewExecution(state: ExecutionState): Execution {
  const step_details = stepViews(state).all();
  return { ...summarize(state, step_details), step_details };
}
