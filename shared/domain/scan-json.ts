import { ESCAPED_SURROGATE, endOfNumber, endOfString, isDigit } from './json-tokens.ts';

/** An object or array that is still open in the scan. */
interface Scope {
  /** The keys seen in it; null for an array. */
  keys: Set<string> | null;
  /** Key or index of the value under way. */
  at: string | number;
}

/** Where a scan is. */
export interface JsonPlace {
  /** Keys and indexes that lead there, outermost first. */
  path: readonly (string | number)[];
  /** From 1. */
  line: number;
}

/** What a scan asks of whoever reads the JSON. `place` works out where that is, for an error. */
export interface JsonVisitor {
  /** The bare words NaN, Infinity and -Infinity become the texts of the same letters. Default: they are no JSON. */
  words?: boolean;
  /** An array or object begins; it is `depth` levels deep. */
  open?(depth: number, place: () => JsonPlace): void;
  /** An object has this key. */
  key?(key: string, place: () => JsonPlace): void;
  /** An object has this key already. */
  repeated?(key: string, place: () => JsonPlace): void;
  /** A text or key (a JSON string, with its quotes) holds escapes of surrogates, as whole characters or as halves. */
  surrogates?(literal: string, place: () => JsonPlace): void;
  /** A number that a double may not hold: of over 15 characters, or with an exponent. Answers whether it is to be a text, digit by digit. */
  number?(digits: string, place: () => JsonPlace): boolean;
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Every number of up to this many characters survives the way through a double, unless it has an exponent. */
const EXACT_LENGTH = 15;
/** What writers of floating point numbers put where JSON has no number. */
const WORDS = ['NaN', 'Infinity', '-Infinity'];

/**
 * JSON.parse, with one linear scan before it that shows `visitor` what a parser takes without a word, or
 * changes. Throws what the visitor throws, and SyntaxError.
 */
export function parseScanned(text: string, visitor: JsonVisitor): unknown {
  const quoted = scan(text, visitor);
  if (quoted.length === 0) return JSON.parse(text);
  try {
    return JSON.parse(replaced(text, quoted, (token) => `"${token}"`));
  } catch (error) {
    // The parser counts places in what it was given: it is asked again with a text whose places are those of this one.
    JSON.parse(replaced(text, quoted, (token) => '0'.padEnd(token.length)));
    throw error;
  }
}

/** Answers what is to be a text: of each number or word the start and the end. */
function scan(text: string, visitor: JsonVisitor): number[] {
  const open: Scope[] = [];
  const quoted: number[] = [];
  let isKey = false;
  let i = 0;
  const place = () => ({ path: open.map(({ at }) => at), line: text.slice(0, i).split('\n').length });
  for (; i < text.length; i++) {
    const scope = open.at(-1);
    const code = text.charCodeAt(i);
    switch (code) {
      case 0x7b: // {
      case 0x5b: // [
        visitor.open?.(open.length + 1, place);
        isKey = code === 0x7b;
        open.push(isKey ? { keys: new Set(), at: '' } : { keys: null, at: 0 });
        break;
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
        const literal = isKey || hasEscape(text, i, end) ? text.slice(i, end + 1) : '';
        if (isKey && scope?.keys) {
          scope.at = unescaped(literal);
          visitor.key?.(scope.at, place);
          if (scope.keys.has(scope.at)) visitor.repeated?.(scope.at, place);
          scope.keys.add(scope.at);
          isKey = false;
        }
        if (ESCAPED_SURROGATE.test(literal)) visitor.surrogates?.(literal, place);
        i = end;
        break;
      }
      default: {
        // In the place of a key neither a number nor a word is JSON, as a text it would be.
        if (isKey || !(isDigit(code) || code === 0x2d || code === 0x49 || code === 0x4e)) break;
        const end = endOfNumber(text, i);
        const word = end > i || !visitor.words ? undefined : WORDS.find((known) => text.startsWith(known, i));
        if (word || (end > i && mayBeInexact(text, i, end) && visitor.number?.(text.slice(i, end), place)))
          quoted.push(i, word ? i + word.length : end);
        i = Math.max(i, (word ? i + word.length : end) - 1);
      }
    }
  }
  return quoted;
}

/** What is no number by the rules of JSON is left to the parser. */
function mayBeInexact(text: string, start: number, end: number): boolean {
  if (end - start <= EXACT_LENGTH && !hasExponent(text, start, end)) return false;
  return NUMBER.test(text.slice(start, end));
}

function hasExponent(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((text.charCodeAt(i) | 0x20) === 0x65) return true;
  return false;
}

function hasEscape(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (text.charCodeAt(i) === 0x5c) return true;
  return false;
}

function unescaped(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal);
  } catch {
    // Not a JSON string: JSON.parse of the whole text will say so, with the position.
    return literal;
  }
}

function replaced(text: string, quoted: readonly number[], instead: (token: string) => string): string {
  const parts: string[] = [];
  let done = 0;
  for (let k = 0; k < quoted.length; k += 2) {
    const start = quoted[k] ?? 0;
    const end = quoted[k + 1] ?? 0;
    parts.push(text.slice(done, start), instead(text.slice(start, end)));
    done = end;
  }
  return parts.join('') + text.slice(done);
}
