import type { JsonValue } from '../../../../shared/schemas/json.ts';

/** What the text of a JSON value is made of, besides plain punctuation: DuckDB also takes NaN, infinities and trailing commas. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|-?(?:nan|inf(?:inity)?)\b|-?\d[\d.eE+-]*|,(?=\s*[\]}])/gi;

const NON_FINITE = new Map([
  ['nan', 'NaN'],
  ['-nan', 'NaN'],
  ['inf', 'Infinity'],
  ['infinity', 'Infinity'],
  ['-inf', '-Infinity'],
  ['-infinity', '-Infinity'],
]);

/**
 * The value of a JSON text that DuckDB holds. What a JSON number cannot hold is text: integers beyond 2^53 and numbers
 * beyond a double as they are written, NaN, Infinity and -Infinity. `changed` says that there was such a number.
 * Throws when a key is given twice, since one of its values would be lost.
 */
export function parseJsonText(text: string): { value: JsonValue; changed: boolean } {
  let changed = false;
  let keys = 0;
  const asText = (token: string) => {
    changed = true;
    return JSON.stringify(token);
  };
  const strict = text.replace(TOKENS, (token, colon: string | undefined) => {
    if (token === ',') return '';
    if (token.startsWith('"')) {
      if (colon !== undefined) keys += 1;
      return token;
    }
    const word = NON_FINITE.get(token.toLowerCase());
    if (word !== undefined) return asText(word);
    return isHeldByNumber(token) ? token : asText(token);
  });
  const value: JsonValue = JSON.parse(strict);
  if (countKeys(value) !== keys)
    throw new Error('a JSON value gives a key twice, and JSON holds one value for each key');
  return { value, changed };
}

/** Whether a JSON number keeps what is written: an integer digit by digit, any other number within the range of a double. */
export function isHeldByNumber(token: string): boolean {
  const number = Number(token);
  if (/^-?\d+$/.test(token)) return Number.isSafeInteger(number);
  return Number.isFinite(number) && hasSameDigits(token, number);
}

/** Up to so many digits survive the way through a double of this size or a larger one. */
const EXACT_DIGITS = 15;
const SMALLEST_NORMAL = 2 ** -1022;

/** Whether the shortest text of a double has all the digits that are written. */
function hasSameDigits(token: string, number: number): boolean {
  const written = digits(token);
  if (written === '') return true;
  if (written.length <= EXACT_DIGITS && Math.abs(number) >= SMALLEST_NORMAL) return true;
  return written === digits(String(number));
}

function digits(number: string): string {
  return number
    .replace(/e.*$/i, '')
    .replace(/[-+.]/g, '')
    .replace(/^0+|0+$/g, '');
}

function countKeys(value: JsonValue): number {
  if (value === null || typeof value !== 'object') return 0;
  const inner = Object.values(value) as JsonValue[];
  return inner.reduce((sum: number, item) => sum + countKeys(item), Array.isArray(value) ? 0 : inner.length);
}
