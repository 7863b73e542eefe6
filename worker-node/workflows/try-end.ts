import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/workflow';
import { errorMessage } from '../../shared/domain/error-message.ts';
import type { StepError } from '../../shared/schemas/execution.ts';
import type { HeartbeatDetails, StepFailure, StepSuccess } from '../activities/contract.ts';

/** How a try ended. A try that was lost with its worker left no times. */
export type TryEnd = ({ outcome: 'completed' } & StepSuccess) | StepFailure;

/** Reads how a try ended from what its activity threw. `now` stands in for times that the activity could not tell. */
export function readTryFailure(error: unknown, now: string): TryEnd {
  if (!(error instanceof ActivityFailure)) throw error;
  const { cause } = error;
  const unknown = { started_at: null, completed_at: now, usage: null, artifacts: [] };
  if (cause instanceof ApplicationFailure) {
    const [failure] = cause.details ?? [];
    if (isStepFailure(failure)) return failure;
    return { ...unknown, outcome: 'failed', error: stepError('INTERNAL', cause.message, !cause.nonRetryable) };
  }
  if (cause instanceof CancelledFailure) return { ...unknown, outcome: 'cancelled', error: STOPPED };
  if (cause instanceof TimeoutFailure)
    return {
      ...unknown,
      outcome: 'lost',
      error: stepError('WORKER_LOST', 'Temporal heard nothing of the worker that ran this try.', true),
      ...(isHeartbeatDetails(cause.lastHeartbeatDetails) && { handle: cause.lastHeartbeatDetails.handle }),
    };
  return { ...unknown, outcome: 'failed', error: stepError('INTERNAL', cause?.message ?? error.message, true) };
}

export const stepError = (code: string, message: string, retryable: boolean): StepError => ({
  code,
  message: errorMessage(message),
  retryable,
});

/** Of a try that ended because the execution stops. */
export const STOPPED = stepError('CANCELLED', 'The execution was stopped.', false);

function isStepFailure(detail: unknown): detail is StepFailure {
  return typeof detail === 'object' && detail !== null && 'outcome' in detail && 'error' in detail;
}

function isHeartbeatDetails(details: unknown): details is HeartbeatDetails {
  return typeof details === 'object' && details !== null && 'handle' in details;
}
