import { jsonProblem } from '../../shared/domain/json-problem.ts';
import { joinPath, quote } from '../../shared/domain/violations.ts';
import { AppError, violationsError } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';
import { ESCAPED_SURROGATE, endOfNumber, endOfString, isDigit, numberProblem } from './json-tokens.ts';

/** An object or array that is still open in the scan: where it lies, and the keys seen in it. */
interface Scope {
  /** Null for an array. */
  keys: Set<string> | null;
  /** Key or index of the value under way. */
  at: string | number;
}

/**
 * JSON.parse, with one linear scan before it that refuses what a parser takes without a word: nesting over the limit, keys
 * given twice, `__proto__`, numbers past the largest one (`1e999` would be stored as null), and integers that would be
 * stored as other ones (`9007199254740993`); and with none of the half characters that only escapes can write. Throws
 * VALIDATION_ERROR.
 */
export function parseJson(text: string): unknown {
  scan(text);
  const value = parse(text);
  const problem = ESCAPED_SURROGATE.test(text) ? jsonProblem(value) : null;
  if (problem) throw violationsError([{ code: 'VALIDATION_ERROR', path: problem.path, message: problem.reason }]);
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
          const problem = numberProblem(text.slice(i, end));
          if (problem !== null) throw refuse(open, problem);
          i = end - 1;
        }
    }
  }
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
