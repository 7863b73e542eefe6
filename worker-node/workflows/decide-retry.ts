import { LIMITS } from '../../shared/limits.ts';
import type { StepError } from '../../shared/schemas/execution.ts';
import type { PlanStep } from '../../shared/schemas/plan.ts';
import type { TryOutcome } from '../activities/contract.ts';

/** How many tries of a step have ended without success, the newest included. */
export interface TryCounts {
  /** By themselves: an error or the timeout. These alone spend the retry policy. */
  failed: number;
  /** With their worker. */
  lost: number;
}

export type RetryDecision = { again: true; delayMs: number } | { again: false };

/** Whether a step is tried again after `error`, and when. */
export function decideRetry(
  policy: PlanStep['retry'],
  counts: TryCounts,
  end: { outcome: Extract<TryOutcome, 'failed' | 'lost'>; error: StepError },
): RetryDecision {
  if (end.outcome === 'lost') return counts.lost <= LIMITS.lostTries ? { again: true, delayMs: 0 } : { again: false };
  const hopeless = !end.error.retryable || policy.non_retryable_errors.includes(end.error.code);
  if (hopeless || counts.failed >= policy.max_attempts) return { again: false };
  const interval = policy.initial_interval_ms * policy.backoff_coefficient ** (counts.failed - 1);
  return { again: true, delayMs: Math.min(policy.max_interval_ms, Math.round(interval)) };
}
