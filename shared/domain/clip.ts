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

/** The last place at or before `index` at which the text can be cut in two without cutting a character. */
export function boundaryBefore(text: string, index: number): number {
  return isInsidePair(text, index) ? index - 1 : index;
}

/** Whether `index` lies between the two units of one character. */
export function isInsidePair(text: string, index: number): boolean {
  return isHighSurrogate(text.charCodeAt(index - 1)) && isLowSurrogate(text.charCodeAt(index));
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
