/**
 * The text when it has at most `maxUnits` UTF-16 units, else its beginning and `mark`, together at most that many. A
 * character is never cut in half: of one whose second half is over the limit, nothing is kept.
 *
 * @example clip('aaa😀', 4) // 'aaa'
 */
export function clip(text: string, maxUnits: number, mark = ''): string {
  if (text.length <= maxUnits) return text;
  return text.slice(0, boundaryBefore(text, Math.max(0, maxUnits - mark.length))) + mark;
}

/** As `clip`, but keeps the end of the text, and puts the mark before it. */
export function clipStart(text: string, maxUnits: number, mark = ''): string {
  if (text.length <= maxUnits) return text;
  const start = text.length - Math.max(0, maxUnits - mark.length);
  return mark + text.slice(isInsidePair(text, start) ? start + 1 : start);
}

/** As `clip`, with a limit in bytes of UTF-8, in which half a character counts as the U+FFFD that it is written as. */
export function clipBytes(text: string, maxBytes: number, mark = ''): string {
  // A unit takes at most 3 bytes: short texts need no counting.
  if (text.length * 3 <= maxBytes || byteLength(text) <= maxBytes) return text;
  const room = new Uint8Array(Math.max(0, maxBytes - byteLength(mark)));
  return text.slice(0, new TextEncoder().encodeInto(text, room).read) + mark;
}

/** The last place at or before `index` at which the text can be cut in two without cutting a character. */
export function boundaryBefore(text: string, index: number): number {
  return isInsidePair(text, index) ? index - 1 : index;
}

/** Bytes of a text in UTF-8. */
export const byteLength = (text: string): number => new TextEncoder().encode(text).length;

function isInsidePair(text: string, index: number): boolean {
  return isHighSurrogate(text.charCodeAt(index - 1)) && isLowSurrogate(text.charCodeAt(index));
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
