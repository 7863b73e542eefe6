import { clip } from '../../shared/domain/clip.ts';
import { jsonProblem } from '../../shared/domain/json-problem.ts';
import { ESCAPED_SURROGATE, endOfNumber, endOfString, isDigit } from '../../shared/domain/json-tokens.ts';
import { nestsDeeper } from '../../shared/domain/nests-deeper.ts';
import { readableJson } from '../../shared/domain/well-formed.ts';
import { AppError } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';
import { numberProblem } from './number-problem.ts';

/** Only such texts can hold a number that would change. */
const LONG_NUMBER = /\d[\d.]{15}|\d[eE][+-]?\d{3}/;
/** Levels of a body: those of an output, and those around it. */
const DEPTH = LIMITS.jsonDepth + 16;

/**
 * The JSON of a worker's body. Half characters, wherever in it, become U+FFFD: what is stored of it, streamed and answered
 * is the same text. Throws VALIDATION_ERROR for what is not JSON in UTF-8, and for numbers that would become others.
 */
export function parseWorkerJson(bytes: ArrayBuffer): unknown {
  const { text, value } = parse(bytes);
  if (!ESCAPED_SURROGATE.test(text)) return value;
  if (nestsDeeper(value, DEPTH)) throw refuse(`the body is nested over ${DEPTH} levels deep`);
  return readableJson(value);
}

/** Refuses likewise a step's output, which is stored as it is; half characters and too many levels too. */
export function assertOutput(bytes: ArrayBuffer): void {
  const { text, value } = parse(bytes);
  if (nestsDeeper(value, LIMITS.jsonDepth)) throw refuse(`the output is nested over ${LIMITS.jsonDepth} levels deep`);
  const problem = ESCAPED_SURROGATE.test(text) ? jsonProblem(value) : null;
  if (problem) throw refuse(`the output at "${problem.path}": ${problem.reason}`);
}

function parse(bytes: ArrayBuffer): { text: string; value: unknown } {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError('VALIDATION_ERROR', 'the body is not JSON in UTF-8', { cause });
  }
  if (LONG_NUMBER.test(text)) assertNumbers(text);
  return { text, value };
}

/** Throws VALIDATION_ERROR for the first number in the text of JSON that JSON.parse changes. */
function assertNumbers(text: string): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) i = endOfString(text, i);
    else if (isDigit(code)) {
      const end = endOfNumber(text, i);
      const digits = text.slice(i, end);
      const problem = numberProblem(digits);
      if (problem !== null) throw refuse(`${clip(digits, 40, '…')}: ${problem}`);
      i = end - 1;
    }
  }
}

const refuse = (message: string) => new AppError('VALIDATION_ERROR', message);
