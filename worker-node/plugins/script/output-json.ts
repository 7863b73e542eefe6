import { parseScanned } from '../../../shared/domain/scan-json.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { JsonValue } from '../../../shared/schemas/json.ts';
import { PluginError } from '../define-plugin.ts';
import { numberFate } from './number-text.ts';

const PLAIN_KEY = /^[A-Za-z_$][\w$]*$/;

/**
 * An output as a script wrote it. What a parser would change without a word is kept as text (NaN, infinities, numbers of
 * more digits than a double has), or refused. Throws PluginError INVALID_OUTPUT or OUTPUT_TOO_DEEP, with path and line.
 */
export function parseOutput(text: string): JsonValue {
  try {
    // JSON.parse answers nothing else.
    return parseScanned(text, REFUSALS) as JsonValue;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalidOutput(`the output is not JSON: ${error.message.toWellFormed()}`);
  }
}

export function invalidOutput(message: string): PluginError {
  return new PluginError({ code: 'INVALID_OUTPUT', message, retryable: false });
}

type Refusals = Parameters<typeof parseScanned>[1];
type Place = ReturnType<Parameters<NonNullable<Refusals['open']>>[1]>;

const REFUSALS: Refusals = {
  words: true,
  open(depth, place) {
    if (depth <= LIMITS.jsonDepth) return;
    const message = `the output is nested over ${LIMITS.jsonDepth} levels deep (line ${place().line}): flatten it, or store it as an artifact`;
    throw new PluginError({ code: 'OUTPUT_TOO_DEEP', message, retryable: false });
  },
  repeated(_key, place) {
    throw invalidOutput(`${where(place())} is given twice`);
  },
  surrogates(literal, place) {
    if (isWhole(literal)) return;
    throw invalidOutput(`${where(place())} holds half of a surrogate pair, which is no character`);
  },
  number(digits, place) {
    const fate = numberFate(digits);
    if (fate === 'beyond')
      throw invalidOutput(`${where(place())} is ${shown(digits)}, beyond what a number can hold: write it as a string`);
    return fate === 'text';
  },
};

/** Whether all characters of a JSON string are whole; one that is no JSON string is left to the parser. */
function isWhole(literal: string): boolean {
  try {
    return (JSON.parse(literal) as string).isWellFormed();
  } catch {
    return true;
  }
}

const shown = (digits: string): string => (digits.length <= 40 ? digits : `${digits.slice(0, 40)}…`);

/** `output.metrics[1].auc (line 3)` */
function where({ path, line }: Place): string {
  const steps = path.map((at) => {
    if (typeof at === 'number') return `[${at}]`;
    return PLAIN_KEY.test(at) ? `.${at}` : `[${JSON.stringify(at.toWellFormed())}]`;
  });
  return `output${steps.join('')} (line ${line})`;
}
