import { jsonProblem } from '../../shared/domain/json-problem.ts';
import { ESCAPED_SURROGATE } from '../../shared/domain/json-tokens.ts';
import { type JsonVisitor, parseScanned } from '../../shared/domain/scan-json.ts';
import { joinPath, quote } from '../../shared/domain/violations.ts';
import { AppError, violationsError } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';
import { numberProblem } from './number-problem.ts';

/**
 * The JSON of a body. Refuses what a parser takes without a word: nesting over the limit, keys given twice, `__proto__`,
 * numbers past the largest one (`1e999` would be stored as null), integers that would be stored as other ones
 * (`9007199254740993`), and half characters, which only escapes can write. Throws VALIDATION_ERROR.
 */
export function parseJson(text: string): unknown {
  const value = parse(text);
  const problem = ESCAPED_SURROGATE.test(text) ? jsonProblem(value) : null;
  if (problem) throw refuse(problem.path, problem.reason);
  return value;
}

function parse(text: string): unknown {
  try {
    return parseScanned(text, REFUSALS);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new AppError('VALIDATION_ERROR', `the body is not valid JSON: ${error.message}`);
  }
}

const REFUSALS: JsonVisitor = {
  open(depth) {
    if (depth > LIMITS.jsonDepth) throw refuse('', `the body is nested over ${LIMITS.jsonDepth} levels deep`);
  },
  key(key, place) {
    if (key === '__proto__') throw refuse(joinPath(...place().path), 'the key "__proto__" is not allowed');
  },
  repeated(key, place) {
    throw refuse(joinPath(...place().path), `the key ${quote(key)} is given twice`);
  },
  number(digits, place) {
    const problem = numberProblem(digits);
    if (problem !== null) throw refuse(joinPath(...place().path), problem);
    return false;
  },
};

const refuse = (path: string, message: string) => violationsError([{ code: 'VALIDATION_ERROR', path, message }]);
