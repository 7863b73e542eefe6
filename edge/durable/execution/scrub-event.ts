import type { ExecutionEvent } from '../../../shared/schemas/event.ts';
import { changeFields } from './event-fields.ts';

/** The event as if no step had ever had an output or artifacts. Folding scrubbed events ends in the same state. */
export const scrubEvent = (event: ExecutionEvent): ExecutionEvent => changeFields(event, scrubFields);

/** The fields without what they hold; which fields there are stays as it was. */
const scrubFields = <T extends object>(fields: T): T => ({
  ...fields,
  ...('output' in fields && { output: null }),
  ...('artifacts' in fields && { artifacts: [] }),
  ...('artifact_count' in fields && { artifact_count: 0 }),
});
