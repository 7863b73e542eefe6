import { isInsidePair } from './clip.ts';

/** A text by its characters (code points), as CEL counts them; JavaScript counts UTF-16 units, of which some characters have two. */
export interface Characters {
  readonly count: number;
  /** Number of the character that begins at a unit; -1 stays -1. */
  numberOf(unit: number): number;
  /** Unit at which a character begins; the length of the text for `count`. */
  unitOf(character: number): number;
}

const SURROGATE = /[\ud800-\udfff]/;

export function charactersOf(text: string): Characters {
  if (!SURROGATE.test(text)) return { count: text.length, numberOf: (unit) => unit, unitOf: (character) => character };
  return {
    count: count(text, text.length),
    numberOf: (unit) => (unit === -1 ? -1 : count(text, unit)),
    unitOf(character) {
      let unit = 0;
      for (let left = character; left > 0; left--) unit += isInsidePair(text, unit + 1) ? 2 : 1;
      return unit;
    },
  };
}

/** Characters before a unit. */
function count(text: string, end: number): number {
  let characters = 0;
  for (let unit = 0; unit < end; unit++) if (!isInsidePair(text, unit)) characters++;
  return characters;
}

/** Less than 0 when `left` comes first by its code points, more when `right` does. Units order U+FFFD after an emoji. */
export function compareTexts(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let unit = 0; unit < length; unit++) {
    const [a, b] = [left.charCodeAt(unit), right.charCodeAt(unit)];
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Characters of two units are past all of one. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
