import type { Execution, StepDetail } from '../../shared/schemas/execution.ts';
import { isCompletedStep, isRunningStep, isTerminalStep } from '../../shared/schemas/execution-status.ts';
import { oneLine } from './one-line.ts';

export const isOver = ({ status }: StepDetail): boolean => isTerminalStep(status);

/** How long it took, or takes so far. */
export function seconds(step: StepDetail, now: number): string {
  const duration =
    step.duration_seconds ??
    (step.started_at && isRunningStep(step.status) ? (now - Date.parse(step.started_at)) / 1_000 : null);
  return duration === null ? '' : `${Math.max(0, duration).toFixed(1)} s`;
}

export function percentage({ status, progress }: StepDetail): number {
  return isCompletedStep(status) ? 100 : (progress?.percentage ?? 0);
}

/** What is worth knowing besides the status: how often it was tried, what went wrong. */
export function remarks({ status, tries, error }: StepDetail): string[] {
  return [tries > 1 ? `${tries} tries` : '', error && !isCompletedStep(status) ? oneLine(error.message) : ''].filter(
    Boolean,
  );
}

/** What it does right now. */
export function doing({ status, progress }: StepDetail): string {
  if (isCompletedStep(status)) return '';
  return isRunningStep(status) ? oneLine(progress?.current_operation ?? '') : status;
}

/** Why nothing has begun yet; undefined when it has. */
export const waitingFor = ({ waiting_for }: Execution): string | undefined =>
  waiting_for ? `waiting: ${oneLine(waiting_for.detail)}` : undefined;
