import type { ExecutionEvent } from '../../../shared/schemas/event.ts';

/** The event as if no step had ever had an output or artifacts. Folding scrubbed events ends in the same state. */
export function scrubEvent(event: ExecutionEvent): ExecutionEvent {
  const { execution, steps } = event.data.patch;
  const patch = {
    ...(execution && { execution: scrubFields(execution) }),
    ...(steps && { steps: Object.fromEntries(Object.entries(steps).map(([id, step]) => [id, scrubFields(step)])) }),
  };
  return { ...event, data: { ...scrubFields(event.data), patch } };
}

/** The fields without what they hold; which fields there are stays as it was. */
const scrubFields = <T extends object>(fields: T): T => ({
  ...fields,
  ...('output' in fields && { output: null }),
  ...('artifacts' in fields && { artifacts: [] }),
});
