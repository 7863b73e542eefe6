import { isObject } from '../../../shared/domain/is-object.ts';
import { parseScanned } from '../../../shared/domain/scan-json.ts';
import type { StepUsage } from '../../../shared/schemas/execution.ts';
import type { JsonObject } from '../../../shared/schemas/json.ts';
import type { LogLevel } from '../../../shared/schemas/log.ts';
import { readLogLevel } from './log-level.ts';
import { numberFate } from './number-text.ts';
import { readUsage } from './script-usage.ts';

/** What a script says on descriptor 3, one JSON object per line. */
export type ScriptEvent =
  | { type: 'log'; level: LogLevel; message: string; metadata?: JsonObject }
  | { type: 'progress'; percentage?: number; current_operation?: string }
  | { type: 'usage'; usage: Partial<StepUsage> }
  | { type: 'artifact'; name: string; path: string }
  | { type: 'error'; code: string; message: string; retryable: boolean; details?: JsonObject }
  /** A piece of a line that is longer than a pipe takes whole. */
  | { type: 'part'; id: string; n: number; of: number; text: string };

/** An event, and what of it was left out or why there is none. */
export interface ParsedEvent {
  event?: ScriptEvent;
  complaints: string[];
}

/**
 * The event in a line. What is clearly meant is taken: a level by another name, a code in lower case, text for a number.
 * Whatever has no place is left out with a complaint, and the rest of the event stays.
 */
export function parseScriptEvent(line: string): ParsedEvent {
  let json: unknown;
  try {
    json = parseMended(line);
  } catch {
    return { complaints: ['not JSON'] };
  }
  if (!isObject(json)) return { complaints: ['no JSON object'] };
  // JSON.parse answers nothing but JSON.
  return read(json as JsonObject);
}

function read(json: JsonObject): ParsedEvent {
  switch (json.type) {
    case 'log':
      return readLog(json);
    case 'progress':
      return readProgress(json);
    case 'usage': {
      const { type: _, ...fields } = json;
      const { usage, complaints } = readUsage(fields);
      return { event: { type: 'usage', usage }, complaints };
    }
    case 'artifact':
      return readArtifact(json);
    case 'error':
      return { event: readError(json), complaints: [] };
    case 'part':
      return readPart(json);
    default:
      return { complaints: [`its type is none of log, progress, usage, artifact, error: ${asText(json.type)}`] };
  }
}

function readLog({ level, message, metadata }: JsonObject): ParsedEvent {
  if (message === undefined) return { complaints: ['it has no message'] };
  const read = readLogLevel(level);
  const beside = { ...objectOf(metadata), ...(read.unknown !== undefined && { level: read.unknown }) };
  return {
    event: {
      type: 'log',
      level: read.level,
      message: asText(message),
      ...(Object.keys(beside).length > 0 && { metadata: beside }),
    },
    complaints: [],
  };
}

function readProgress({ percentage, current_operation }: JsonObject): ParsedEvent {
  const number = typeof percentage === 'string' && percentage.trim() !== '' ? Number(percentage) : percentage;
  const fits = typeof number === 'number' && number >= 0 && number <= 100;
  const operation =
    current_operation === undefined || current_operation === null ? undefined : asText(current_operation);
  const complaints =
    fits || percentage === undefined || percentage === null
      ? []
      : [`percentage is no number from 0 to 100: ${asText(percentage)}`];
  if (!fits && operation === undefined) return { complaints };
  return {
    event: {
      type: 'progress',
      ...(fits && { percentage: number }),
      ...(operation !== undefined && { current_operation: operation }),
    },
    complaints,
  };
}

function readArtifact({ name, path }: JsonObject): ParsedEvent {
  if (typeof name === 'string' && typeof path === 'string')
    return { event: { type: 'artifact', name, path }, complaints: [] };
  return { complaints: ['name and path of an artifact must be texts'] };
}

const CODE = /^[A-Z][A-Z0-9_]{0,99}$/;
const DEFAULT_CODE = 'SCRIPT_FAILED';
/** What a final failure may say instead of false. */
const NO: readonly unknown[] = [false, 0, 'false', 'False', 'no'];

function readError({ code, message, retryable, details }: JsonObject): ScriptEvent {
  const upper = asText(code ?? DEFAULT_CODE)
    .trim()
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .slice(0, 100);
  const fits = CODE.test(upper);
  const beside = { ...(!fits && { code: asText(code) }), ...objectOf(details) };
  return {
    type: 'error',
    code: fits ? upper : DEFAULT_CODE,
    message: asText(message ?? 'the script did not say why it failed'),
    retryable: !NO.includes(retryable),
    ...(Object.keys(beside).length > 0 && { details: beside }),
  };
}

function readPart({ id, n, of, text }: JsonObject): ParsedEvent {
  if (typeof id === 'string' && isPart(n, of) && typeof text === 'string')
    return { event: { type: 'part', id, n: Number(n), of: Number(of), text }, complaints: [] };
  return { complaints: ['a part of an event must have id, n, of and text'] };
}

const isPart = (n: unknown, of: unknown): boolean =>
  Number.isSafeInteger(n) && Number.isSafeInteger(of) && Number(n) >= 0 && Number(n) < Number(of);

const asText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none'));

/** Metadata or details that are no object come as their `value`. */
function objectOf(value: unknown): JsonObject {
  if (value === undefined || value === null) return {};
  // JSON.parse answers nothing but JSON.
  return (isObject(value) ? value : { value }) as JsonObject;
}

/** JSON in which no number is changed, and a mark stands in place of each half of a character. */
function parseMended(line: string): unknown {
  let halves = false;
  const value = parseScanned(line, {
    words: true,
    surrogates: () => {
      halves = true;
    },
    number: (digits) => numberFate(digits) !== 'number',
  });
  return halves ? withWholeCharacters(value) : value;
}

function withWholeCharacters(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(withWholeCharacters);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.toWellFormed(), withWholeCharacters(inner)]),
  );
}
