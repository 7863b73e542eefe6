import type { Execution, StepDetail } from '../schemas/execution.ts';
import { isFailedStep } from '../schemas/execution-status.ts';

/** The step that its execution names as the cause of its failure; else the one that failed first, null when none has. */
export function firstFailedStep({ step_details, error }: Pick<Execution, 'step_details' | 'error'>): StepDetail | null {
  const failed = step_details.filter(({ status }) => isFailedStep(status));
  const named = failed.find(({ id }) => id === error?.step_id);
  return named ?? failed.sort((a, b) => timeOf(a) - timeOf(b))[0] ?? null;
}

const timeOf = ({ completed_at }: StepDetail): number => Date.parse(completed_at ?? '') || Number.POSITIVE_INFINITY;
