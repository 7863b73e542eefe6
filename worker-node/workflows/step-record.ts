import type { PlanStep } from '../../shared/schemas/plan.ts';
import type { StepDecidedUpdate, StepResult, Update } from '../../shared/schemas/update.ts';
import type { TryTimes } from '../activities/contract.ts';
import type { JobHandle } from '../plugins/job-handle.ts';
import type { TryCounts } from './decide-retry.ts';
import { later } from './later.ts';

/** What a step waits for that no worker does. */
export interface StepTimer {
  /** `backoff`: the next try. `sleep`: the end of the sleep that is its try. `limit`: its timeout, which is before that end. */
  kind: 'backoff' | 'sleep' | 'limit';
  /** Epoch milliseconds. */
  due: number;
}

/** What the workflow knows of a step. Plain data: it goes from run to run of the chain. */
export interface StepRecord extends TryCounts {
  /** Tries begun. */
  tries: number;
  timer: StepTimer | null;
  /** The remote job that the newest try has left, for the next to go on with or for the clean-up. */
  handle: JobHandle | null;
  /** The try whose files count: the newest that ended by itself or was stopped. 0 for none. */
  counts: number;
  /** Its files, until they are in the result. */
  left: Pick<TryTimes, 'artifacts' | 'artifact_count'> | null;
  /** The newest decision; null when none was made or the step has ended otherwise since. */
  decided: StepDecidedUpdate | null;
  /** The newest try that ended by itself with another to follow. */
  tryFailed: Extract<Update, { type: 'step_try_failed' }> | null;
  result: StepResult | null;
}

export const newRecord = (): StepRecord => ({
  tries: 0,
  failed: 0,
  lost: 0,
  timer: null,
  handle: null,
  counts: 0,
  left: null,
  decided: null,
  tryFailed: null,
  result: null,
});

/** What a step without output leaves. */
export const EMPTY_END = { output: null, error: null, usage: null, artifacts: [] } satisfies Partial<StepResult>;

/**
 * The result of a step that no try brings to its end: it ends at `at` (ISO), without output. Of its tries only one that
 * failed has left its times and its files.
 */
export function emptyResult(
  { plan, record }: { plan: Pick<PlanStep, 'id'>; record: StepRecord },
  status: StepResult['status'],
  at: string,
): StepResult {
  const newest = record.tryFailed?.try === record.tries ? record.tryFailed : null;
  return {
    step_id: plan.id,
    status,
    tries: record.tries,
    started_at: newest?.started_at ?? null,
    // Clocks of workers and engine differ.
    completed_at: later(at, newest?.at ?? null),
    ...EMPTY_END,
    ...record.left,
  };
}
