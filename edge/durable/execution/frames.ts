import type { Advance } from '../../../shared/domain/advance.ts';
import { utf8Bytes } from '../../../shared/domain/utf8-bytes.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { ExecutionEvent } from '../../../shared/schemas/event.ts';

/** Events that were taken in together: `text` is their JSON array, as stored and as viewers get it. */
export interface Frame {
  first_seq: number;
  last_seq: number;
  text: string;
}

/** Bytes that a frame's JSON may have: the rest is for what server-sent events write around it. */
export const FRAME_TEXT_BYTES = LIMITS.frameBytes - 128;

interface FrameOptions {
  /** How an event is told; as it is, by default. */
  show?: (event: ExecutionEvent) => ExecutionEvent;
  /** Bytes that a frame's JSON may have. */
  limit?: number;
}

/** What one change made visible, as frames: one, unless that would be too large. */
export function toFrames(
  advance: Pick<Advance, 'events' | 'closeAt'>,
  { show = (event) => event, limit = FRAME_TEXT_BYTES }: FrameOptions = {},
): Frame[] {
  const { events } = advance;
  if (events.length === 0) return [];
  const toText = (event: ExecutionEvent) => JSON.stringify(show(event));
  const texts = events.map(toText);
  const ends = endsOfFrames(texts, limit);
  if (ends.length > 1) {
    advance.closeAt(ends);
    for (const end of ends) texts[end] = toText(events[end] as ExecutionEvent);
  }
  return ends.map((end, i) => {
    const first = i === 0 ? 0 : (ends[i - 1] ?? 0) + 1;
    return frame(events.slice(first, end + 1), texts.slice(first, end + 1));
  });
}

/** The events as one frame. */
export function oneFrame(events: readonly ExecutionEvent[]): Frame {
  return frame(
    events,
    events.map((event) => JSON.stringify(event)),
  );
}

/**
 * Positions of the events that end a frame. Events fill half of a frame of several: the one that ends it also tells of
 * the execution as a whole.
 */
function endsOfFrames(texts: readonly string[], limit: number): number[] {
  const sizes = texts.map((text) => utf8Bytes(text) + 1);
  const last = texts.length - 1;
  if (sizes.reduce((sum, size) => sum + size, 1) <= limit) return [last];
  const ends: number[] = [];
  let filled = 0;
  for (const [position, size] of sizes.entries()) {
    if (filled > 0 && filled + size > limit / 2) {
      ends.push(position - 1);
      filled = 0;
    }
    filled += size;
  }
  return [...ends, last];
}

/** Limits on what workers may say (assertSizes) and users may ask for keep each event far below a frame. */
function frame(events: readonly ExecutionEvent[], texts: readonly string[]): Frame {
  const [first_seq = 0, last_seq = 0] = [events[0]?.seq, events.at(-1)?.seq];
  return { first_seq, last_seq, text: `[${texts.join()}]` };
}
