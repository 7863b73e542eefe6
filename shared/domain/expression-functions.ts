import type { JsonObject, JsonValue } from '../schemas/json.ts';
import { KEEP_AS_TEXT, numberFault } from './exact-number.ts';
import type { Meter } from './expression-limits.ts';
import { charactersOf } from './expression-text.ts';
import { quote } from './violations.ts';

/** A function or method of the language. */
export interface ExpressionFunction {
  /** Least and most arguments, the receiver of a method not counted. */
  arity: readonly [number, number];
  /** Throws Error with a message for the writer of the expression. A method's receiver is the first argument. */
  call(args: readonly JsonValue[], meter: Meter): JsonValue;
}

/** Called as `size(x)`. */
export const FUNCTIONS: ReadonlyMap<string, ExpressionFunction> = new Map(
  Object.entries({
    size: { arity: [1, 1], call: ([value], meter) => size(value, meter) },
    string: { arity: [1, 1], call: ([value]) => toText(value) },
    int: { arity: [1, 1], call: ([value]) => toInteger(value) },
    double: { arity: [1, 1], call: ([value]) => toDouble(value) },
    bool: { arity: [1, 1], call: ([value]) => toBool(value) },
  } satisfies Record<string, ExpressionFunction>),
);

/** Called as `text.contains("x")`. */
export const METHODS: ReadonlyMap<string, ExpressionFunction> = new Map(
  Object.entries({
    size: { arity: [0, 0], call: ([value], meter) => size(value, meter) },
    contains: { arity: [1, 1], call: search((text, part) => text.includes(part)) },
    startsWith: { arity: [1, 1], call: search((text, part) => text.startsWith(part)) },
    endsWith: { arity: [1, 1], call: search((text, part) => text.endsWith(part)) },
    indexOf: { arity: [1, 1], call: search((text, part) => charactersOf(text).numberOf(text.indexOf(part))) },
    lastIndexOf: { arity: [1, 1], call: search((text, part) => charactersOf(text).numberOf(text.lastIndexOf(part))) },
    split: { arity: [1, 1], call: split },
    replace: { arity: [2, 2], call: replace },
    lowerAscii: { arity: [0, 0], call: transform((text) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase())) },
    upperAscii: { arity: [0, 0], call: transform((text) => text.replace(/[a-z]+/g, (part) => part.toUpperCase())) },
    trim: { arity: [0, 0], call: transform((text) => text.trim()) },
    substring: { arity: [1, 2], call: substring },
    join: { arity: [0, 1], call: join },
  } satisfies Record<string, ExpressionFunction>),
);

/** `a string`, `null`, `a list`: for messages. */
export function typeName(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'boolean' ? 'a bool' : `a ${typeof value}`;
}

/** Whether a value is an object, which CEL calls a map. */
export function isMap(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: JsonValue | undefined, meter: Meter): string {
  if (typeof value !== 'string') throw new Error(`needs a string, not ${typeName(value)}`);
  meter.work(value.length);
  return value;
}

function size(value: JsonValue | undefined, meter: Meter): number {
  if (typeof value === 'string') return charactersOf(textOf(value, meter)).count;
  if (Array.isArray(value)) return value.length;
  if (typeof value !== 'object' || value === null)
    throw new Error(`needs a string, list or map, not ${typeName(value)}`);
  const count = Object.keys(value).length;
  meter.work(count);
  return count;
}

function toText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`cannot turn ${typeName(value)} into a string`);
}

const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?\d{1,400}(\.\d{1,400})?(e[+-]?\d{1,3})?$/i;

/** Exact, or an error: an integer beyond 2^53 would become another one. */
function toInteger(value: JsonValue | undefined): number {
  const number = typeof value === 'string' && INTEGER.test(value) ? Number(value) : value;
  if (typeof number !== 'number') throw cannotTurn(value, 'int');
  const integer = Math.trunc(number);
  if (Number.isSafeInteger(integer)) return integer;
  const shown = typeof value === 'string' ? quote(value) : String(value);
  throw new Error(`cannot make an exact integer of ${shown}: ${KEEP_AS_TEXT}`);
}

/** The nearest double: that is what a double is. A fraction does not become a whole number, nor 0. */
function toDouble(value: JsonValue | undefined): number {
  const fault = typeof value === 'string' ? numberFault(value) : null;
  if (fault === 'zero' || fault === 'whole')
    throw new Error(`would make ${Number(value)} of ${quote(String(value))}: round it first, or keep it as text`);
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw cannotTurn(value, 'double');
}

function toBool(value: JsonValue | undefined): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw cannotTurn(value, 'bool');
}

function cannotTurn(value: JsonValue | undefined, name: string): Error {
  return new Error(`cannot turn ${typeof value === 'string' ? 'this string' : typeName(value)} into ${name}`);
}

/** Searching may compare the pattern at every place: charged by both lengths. */
function search(find: (text: string, part: string) => JsonValue): ExpressionFunction['call'] {
  return ([receiver, argument], meter) => {
    const text = textOf(receiver, meter);
    const part = textOf(argument, meter);
    meter.work(text.length * Math.ceil(part.length / 16));
    return find(text, part);
  };
}

function split([receiver, separator]: readonly JsonValue[], meter: Meter): string[] {
  const [text, part] = [textOf(receiver, meter), textOf(separator, meter)];
  meter.work(10 * Math.ceil(text.length / Math.max(1, part.length)));
  // Between any two characters, never inside one.
  return part === '' ? [...text] : text.split(part);
}

function transform(change: (text: string) => string): ExpressionFunction['call'] {
  return ([receiver], meter) => change(textOf(receiver, meter));
}

function replace([receiver, from, to]: readonly JsonValue[], meter: Meter): string {
  return join([split([receiver ?? null, from ?? null], meter), to ?? null], meter);
}

function substring([receiver, start, end]: readonly JsonValue[], meter: Meter): string {
  const text = textOf(receiver, meter);
  const { count, unitOf } = charactersOf(text);
  const last = end ?? count;
  if (!isOffset(start) || !isOffset(last) || start > last || last > count) {
    throw new Error(`needs offsets from 0 to ${count}, in order`);
  }
  return text.slice(unitOf(start), unitOf(last));
}

const isOffset = (value: JsonValue | undefined): value is number => Number.isInteger(value) && Number(value) >= 0;

function join([list, separator = '']: readonly JsonValue[], meter: Meter): string {
  if (!Array.isArray(list)) throw new Error(`needs a list, not ${typeName(list)}`);
  const texts = list.map((item) => textOf(item, meter));
  meter.work(textOf(separator, meter).length * texts.length);
  return texts.join(textOf(separator, meter));
}
