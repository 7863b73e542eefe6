import type { ExecutionState } from '../../../shared/domain/execution-state.ts';
import type { Update } from '../../../shared/schemas/update.ts';

/** The updates without what a stop asked not to be kept: outputs and artifacts of an execution that ends as stopped. */
export function dropOutputs(state: ExecutionState, updates: readonly Update[]): readonly Update[] {
  if (state.core.stop === null || state.core.stop.save_partial_results) return updates;
  return updates.map((update) =>
    update.type === 'result' && update.status === 'stopped'
      ? { ...update, steps: update.steps.map((step) => ({ ...step, output: null, artifacts: [] })) }
      : update,
  );
}
