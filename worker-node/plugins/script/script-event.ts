import { isObject } from '../../../shared/domain/is-object.ts';
import { parseScanned } from '../../../shared/domain/scan-json.ts';
import type { StepUsage } from '../../../shared/schemas/execution.ts';
import type { JsonObject } from '../../../shared/schemas/json.ts';
import type { LogLevel } from '../../../shared/schemas/log.ts';
import { readLogLevel } from './log-level.ts';
import { numberFate } from './number-text.ts';
import { readUsage } from './script-usage.ts';
import { shownText } from './shown-text.ts';

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

/** Levels of an event that are read, its own included; what is deeper is cut, as `log` of the helpers cuts it. */
const MAX_LEVELS = 33;
const CUT = '… (cut)';
const BEGIN = /^\s*\{/;

/**
 * The event in a line. What is clearly meant is taken: a level by another name, a code in lower case, text for a number.
 * Whatever has no place is left out with a complaint, and the rest of the event stays. Never throws, whatever the line is.
 */
export function parseScriptEvent(line: string): ParsedEvent {
  // A parser's exceptions cost time, and there can be a million such lines.
  if (!BEGIN.test(line)) return { complaints: ['no JSON object'] };
  let json: unknown;
  try {
    json = parseMended(line);
  } catch {
    return { complaints: ['not JSON'] };
  }
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
      return readError(json);
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
      message: shownText(asText(message)),
      ...(Object.keys(beside).length > 0 && { metadata: beside }),
    },
    complaints: [],
  };
}

function readProgress({ percentage, current_operation }: JsonObject): ParsedEvent {
  const number = typeof percentage === 'string' && percentage.trim() !== '' ? Number(percentage) : percentage;
  const fits = typeof number === 'number' && number >= 0 && number <= 100;
  const operation =
    current_operation === undefined || current_operation === null ? undefined : shownText(asText(current_operation));
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

function readError({ code, message, retryable, details }: JsonObject): ParsedEvent {
  const upper = asText(code ?? DEFAULT_CODE)
    .trim()
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .slice(0, 100);
  const fits = CODE.test(upper);
  const beside = { ...(!fits && { code: asText(code) }), ...objectOf(details) };
  const kept = fits ? upper : DEFAULT_CODE;
  const changed = !fits || !isAscii(asText(code ?? ''));
  return {
    event: {
      type: 'error',
      code: kept,
      message: shownText(asText(message ?? 'the script did not say why it failed')),
      retryable: !NO.includes(retryable),
      ...(Object.keys(beside).length > 0 && { details: beside }),
    },
    complaints: changed ? [`the code "${asText(code)}" became ${kept}: a code has letters, digits and _`] : [],
  };
}

const isAscii = (text: string): boolean => /^[ -~]*$/.test(text);

/** Pieces of one line: of the smallest that a pipe takes whole, more than the longest line that the helpers write. */
const MAX_PARTS = 16_384;
const MAX_ID_LENGTH = 100;

function readPart({ id, n, of, text }: JsonObject): ParsedEvent {
  const named = typeof id === 'string' && id.length <= MAX_ID_LENGTH && typeof text === 'string';
  if (!named || typeof n !== 'number' || typeof of !== 'number')
    return { complaints: [`a part of an event must have id (at most ${MAX_ID_LENGTH} characters), n, of and text`] };
  const fits = Number.isInteger(n) && Number.isInteger(of) && 0 <= n && n < of && of <= MAX_PARTS;
  if (!fits) return { complaints: [`n and of of a part must be integers with 0 <= n < of <= ${MAX_PARTS}`] };
  return { event: { type: 'part', id, n, of, text }, complaints: [] };
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none'));

/** Metadata or details that are no object come as their `value`. */
function objectOf(value: unknown): JsonObject {
  if (value === undefined || value === null) return {};
  // JSON.parse answers nothing but JSON.
  return (isObject(value) ? value : { value }) as JsonObject;
}

/** JSON in which no number is changed, and a mark stands in place of each half of a character and of what is too deep. */
function parseMended(line: string): unknown {
  let isWhole = true;
  const value = parseScanned(line, {
    words: true,
    open: (depth) => {
      if (depth > MAX_LEVELS) isWhole = false;
    },
    surrogates: () => {
      isWhole = false;
    },
    number: (digits) => numberFate(digits) !== 'number',
  });
  return isWhole ? value : mended(value, MAX_LEVELS);
}

function mended(value: unknown, levels: number): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return CUT;
  if (Array.isArray(value)) return value.map((inner) => mended(inner, levels - 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.toWellFormed(), mended(inner, levels - 1)]),
  );
}
