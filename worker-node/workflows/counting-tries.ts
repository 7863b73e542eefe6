import type { StepRecord } from './step-record.ts';

/** Of each step, the try whose files artifact URIs mean. */
export interface CountingTries {
  /** See StepInput. */
  readonly unusual: Readonly<Record<string, number>>;
  /** To be called when a try of the step has ended. */
  note(step: { plan: { id: string }; record: StepRecord }): void;
}

/** Only what is out of the ordinary is kept: it is written into history with every step that may read artifacts. */
export function createCountingTries(steps: readonly Parameters<CountingTries['note']>[0][]): CountingTries {
  const unusual: Record<string, number> = {};

  function note({ plan, record }: Parameters<CountingTries['note']>[0]): void {
    if (isUsual(record)) delete unusual[plan.id];
    else unusual[plan.id] = record.result === null ? 0 : record.counts;
  }

  for (const step of steps) note(step);
  return { unusual, note };
}

/** Whether whoever knows nothing of the step finds the right files: those of its first try, if that completes. */
function isUsual({ result, tries, failed, lost, counts }: StepRecord): boolean {
  if (result === null) return failed + lost === 0;
  return result.status === 'completed' ? counts === 1 : tries === 0;
}
