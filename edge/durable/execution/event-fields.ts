import type { ExecutionEvent } from '../../../shared/schemas/event.ts';

/** The event with `change` made to each group of fields that it tells: its data, and its patches of execution and steps. */
export function changeFields(event: ExecutionEvent, change: <T extends object>(fields: T) => T): ExecutionEvent {
  const { execution, steps } = event.data.patch;
  const patch = {
    ...(execution && { execution: change(execution) }),
    ...(steps && { steps: Object.fromEntries(Object.entries(steps).map(([id, step]) => [id, change(step)])) }),
  };
  return { ...event, data: { ...change(event.data), patch } };
}
