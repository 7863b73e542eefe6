import { isRoundedInteger } from '../../shared/domain/exact-number.ts';

/** Only a text with this can hold half a character: UTF-8 has no form for it. */
export const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/;

/** The rest of a number, from its first digit. */
const NUMBER = /\d[\d.eE+-]*/y;

export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** Index after the number whose first digit is at `start`. */
export function endOfNumber(text: string, start: number): number {
  NUMBER.lastIndex = start;
  NUMBER.test(text);
  return NUMBER.lastIndex;
}

/** Index of the closing quote of the string that opens at `start`; the end of the text when there is none. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/** Why JSON.parse would make another number of this one, which is written without its sign; null when it would not. */
export function numberProblem(digits: string): string | null {
  const value = Number(digits);
  if (value === Number.POSITIVE_INFINITY) return 'the number is too large';
  if (!isRoundedInteger(digits)) return null;
  return `the integer has too many digits, it would become ${value}: write it as a string`;
}
