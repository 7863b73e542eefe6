import { listArtifacts } from '../../../shared/domain/listed-artifacts.ts';
import { utf8Bytes } from '../../../shared/domain/utf8-bytes.ts';
import type { ExecutionEvent } from '../../../shared/schemas/event.ts';
import { changeFields } from './event-fields.ts';
import { FRAME_TEXT_BYTES, type Frame } from './frames.ts';

/** Whether the text of a stored frame can be sent as it is. Those of older versions, and of rewritten events, may be too large. */
export const isSendable = (text: string): boolean => utf8Bytes(text) <= FRAME_TEXT_BYTES && !isUncounted(text);

/** The events of a stored frame, of whatever version. */
export function readEvents(text: string): ExecutionEvent[] {
  const events: ExecutionEvent[] = JSON.parse(text);
  return isUncounted(text) ? events.map((event) => changeFields(event, countArtifacts)) : events;
}

/** As many of the events as one frame takes, from the first; at least that. */
export function firstFrame(events: readonly ExecutionEvent[]): Frame {
  const texts: string[] = [];
  let bytes = 2;
  for (const event of events) {
    const text = JSON.stringify(event);
    bytes += utf8Bytes(text) + 1;
    if (texts.length > 0 && bytes > FRAME_TEXT_BYTES) break;
    texts.push(text);
  }
  const [first_seq = 0, last_seq = 0] = [events[0]?.seq, events[texts.length - 1]?.seq];
  return { first_seq, last_seq, text: `[${texts.join()}]` };
}

/** Older versions listed all artifacts, without their number. */
const isUncounted = (text: string): boolean => text.includes('"artifacts":[') && !text.includes('"artifact_count":');

const countArtifacts = <T extends { artifacts?: unknown }>(fields: T): T =>
  Array.isArray(fields.artifacts) ? { ...fields, ...listArtifacts({ artifacts: fields.artifacts }) } : fields;
