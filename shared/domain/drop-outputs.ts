import type { ExecutionCore, ExecutionState, StepState } from './execution-state.ts';
import { NO_ARTIFACTS } from './listed-artifacts.ts';

type Changed = [id: string, step: StepState];

/** Whether nothing is kept of what the steps made: a stop asked for that, and the execution did end by it. */
export const dropsOutputs = ({ end, stop }: Pick<ExecutionCore, 'end' | 'stop'>): boolean =>
  end?.status === 'stopped' && stop?.save_partial_results === false;

/** `changed`, and the other steps that hold something, all without outputs and artifacts. */
export function withoutOutputs({ steps }: ExecutionState, changed: readonly Changed[] = []): Changed[] {
  const next = new Map(changed);
  for (const [id, step] of steps) if (!next.has(id) && holdsSomething(step)) next.set(id, step);
  return [...next].map(([id, step]) => [
    id,
    step.result ? { ...step, result: { ...step.result, output: null, ...NO_ARTIFACTS } } : step,
  ]);
}

const holdsSomething = ({ result }: StepState): boolean =>
  result !== null && (result.output !== null || result.artifacts.length > 0);
