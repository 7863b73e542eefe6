import { isRoundedInteger } from '../../shared/domain/exact-number.ts';
import { joinPath, quote } from '../../shared/domain/violations.ts';
import { AppError, violationsError } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';

/** An object or array that is still open in the scan: where it lies, and the keys seen in it. */
interface Scope {
  /** Null for an array. */
  keys: Set<string> | null;
  /** Key or index of the value under way. */
  at: string | number;
}

/** An escaped surrogate; in what JSON.stringify writes, one that stands alone. */
const SURROGATE = /(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/;

/** The rest of a number, from its first digit. */
const NUMBER = /\d[\d.eE+-]*/y;

/**
 * JSON.parse, with one linear scan before it that refuses what a parser takes without a word: nesting over the limit, keys
 * given twice, `__proto__`, numbers past the largest one (`1e999` would be stored as null), and integers that would be
 * stored as other ones (`9007199254740993`); and with none of the half characters that only escapes can write. Throws
 * VALIDATION_ERROR.
 */
export function parseJson(text: string): unknown {
  scan(text);
  const value = parse(text);
  if (SURROGATE.test(text) && SURROGATE.test(JSON.stringify(value)))
    throw refuse([], 'the body holds half of a surrogate pair, which is no character');
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('VALIDATION_ERROR', `the body is not valid JSON: ${reason}`);
  }
}

function scan(text: string): void {
  const open: Scope[] = [];
  let isKey = false;
  for (let i = 0; i < text.length; i++) {
    const scope = open.at(-1);
    const code = text.charCodeAt(i);
    switch (code) {
      case 0x7b: // {
      case 0x5b: {
        // [
        if (open.length === LIMITS.jsonDepth)
          throw refuse([], `the body is nested over ${LIMITS.jsonDepth} levels deep`);
        isKey = text[i] === '{';
        open.push(isKey ? { keys: new Set(), at: '' } : { keys: null, at: 0 });
        break;
      }
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        isKey = false;
        break;
      case 0x2c: // ,
        if (scope?.keys) isKey = true;
        else if (scope) scope.at = Number(scope.at) + 1;
        break;
      case 0x22: {
        // "
        const end = endOfString(text, i);
        if (isKey && scope?.keys) {
          scope.at = unescapeKey(text.slice(i, end + 1));
          if (scope.at === '__proto__') throw refuse(open, 'the key "__proto__" is not allowed');
          if (scope.keys.has(scope.at)) throw refuse(open, `the key ${quote(scope.at)} is given twice`);
          scope.keys.add(scope.at);
          isKey = false;
        }
        i = end;
        break;
      }
      default:
        if (isDigit(code)) {
          const end = endOfNumber(text, i);
          checkNumber(text.slice(i, end), open);
          i = end - 1;
        }
    }
  }
}

function checkNumber(digits: string, open: readonly Scope[]): void {
  const value = Number(digits);
  if (value === Number.POSITIVE_INFINITY) throw refuse(open, 'the number is too large');
  if (isRoundedInteger(digits))
    throw refuse(open, `the integer has too many digits, it would become ${value}: write it as a string`);
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** Index after the number whose first digit is at `start`. */
function endOfNumber(text: string, start: number): number {
  NUMBER.lastIndex = start;
  NUMBER.test(text);
  return NUMBER.lastIndex;
}

/** Index of the closing quote of the string that opens at `start`; the end of the text when there is none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

function unescapeKey(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal);
  } catch {
    // Not a JSON string: JSON.parse of the whole text will say so, with the position.
    return literal;
  }
}

const refuse = (open: readonly Scope[], message: string) =>
  violationsError([{ code: 'VALIDATION_ERROR', path: joinPath(...open.map((scope) => scope.at)), message }]);
