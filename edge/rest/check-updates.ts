import { isOver } from '../../shared/domain/check-step.ts';
import { AppError } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { PostUpdatesInput, StepResult, Update } from '../../shared/schemas/update.ts';

/** Refuses a log entry without a time: it could not be stored, now or later. */
export function assertTimes({ batches }: PostUpdatesInput): void {
  for (const { execution_id, logs } of batches)
    for (const { timestamp } of logs)
      if (Number.isNaN(Date.parse(timestamp)))
        throw new AppError('VALIDATION_ERROR', `execution ${execution_id}: a log entry has the time ${timestamp}`);
}

/** Parsed and written again, JSON is at most this many times as long: `1e20` becomes 21 digits. */
const GROWTH = 6;

/** Refuses an update that viewers could not be told in one frame. Workers keep texts short and store outputs over 4 KiB. */
export function assertSizes({ batches }: PostUpdatesInput, bodyBytes: number): void {
  if (bodyBytes * GROWTH <= LIMITS.updateBytes) return;
  for (const { execution_id, updates } of batches)
    for (const update of updates)
      if (partsOf(update).some((part) => isOver(part, LIMITS.updateBytes)))
        throw new AppError(
          'VALIDATION_ERROR',
          `execution ${execution_id}: a ${update.type} update has over ${LIMITS.updateBytes} bytes for one step, artifacts ` +
            'aside: store large outputs by PUT /internal/outputs and shorten errors',
        );
}

/** What is told in one event each, without artifacts, which are counted otherwise. */
function partsOf(update: Update): object[] {
  const withoutFiles = (result: StepResult) => ({ ...result, artifacts: [] });
  if (update.type === 'step_ended') return [withoutFiles(update.result)];
  return update.type === 'result' ? [{ ...update, steps: [] }, ...update.steps.map(withoutFiles)] : [update];
}
