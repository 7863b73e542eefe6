/** As `clip` in clip.ts, with a limit in bytes of UTF-8, in which half a character counts as the U+FFFD that it is written as. */
export function clipBytes(text: string, maxBytes: number, mark = ''): string {
  // A unit takes at most 3 bytes: short texts need no counting.
  if (text.length * 3 <= maxBytes || byteLength(text) <= maxBytes) return text;
  return text.slice(0, unitsWithin(text, Math.max(0, maxBytes - byteLength(mark)))) + mark;
}

/** How many UTF-16 units of the text are its first characters that fit into so many bytes. */
export const unitsWithin = (text: string, bytes: number): number =>
  new TextEncoder().encodeInto(text, new Uint8Array(bytes)).read;

/** Bytes of a text in UTF-8. */
export const byteLength = (text: string): number => new TextEncoder().encode(text).length;
