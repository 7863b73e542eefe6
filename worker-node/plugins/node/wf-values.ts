import { inspect, types } from 'node:util';

/*
 * Values of JavaScript as JSON, by the table in docs/plugins/scripts.md. Part of the helper `wf`: it stands alone.
 */

/** Not yet among the types of the language. */
export const RAW = JSON as unknown as { rawJSON(text: string): object; isRawJSON(value: unknown): boolean };

/** As the engine takes it. */
const MAX_DEPTH = 64;
/** An output of more values has over 16 MiB. */
const MAX_VALUES = 8 * 1024 * 1024;
const PLAIN_KEY = /^[A-Za-z_$][\w$]*$/;

/** What has no JSON form. `reason` is said of the place that `path` leads to, innermost first. */
export class NotJson extends Error {
  readonly reason: string;
  readonly code: string;
  readonly path: (string | number)[] = [];

  constructor(reason: string, code = 'INVALID_OUTPUT') {
    super(reason);
    this.reason = reason;
    this.code = code;
  }

  /** `output.metrics[1].auc is …` */
  where(): string {
    if (this.code === 'OUTPUT_TOO_DEEP') return `output ${this.reason}`;
    const steps = this.path.toReversed().map((at) => {
      if (typeof at === 'number') return `[${at}]`;
      return PLAIN_KEY.test(at) ? `.${at}` : `[${JSON.stringify(at.toWellFormed())}]`;
    });
    return `output${steps.join('')} ${this.reason}`;
  }
}

/** Goes through a value once, and answers what JSON.stringify writes without a change. Throws NotJson for the rest. */
export class Walk {
  protected readonly open = new Set<object>();
  #count = 0;

  value(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return numeric(value);
      case 'bigint':
        return String(value);
      case 'boolean':
        return value;
      case 'object':
        return value === null ? null : this.object(value);
      case 'undefined':
        throw new NotJson('is undefined: leave it out, or give null');
      default:
        throw new NotJson(`is a ${typeof value}, which has no JSON form`);
    }
  }

  protected text(text: string): string {
    if (text.isWellFormed()) return text;
    throw new NotJson('holds half of a surrogate pair, which is no character');
  }

  protected object(value: object): unknown {
    if (this.open.has(value)) throw new NotJson('contains itself');
    if (this.open.size >= MAX_DEPTH) {
      const reason = `is nested over ${MAX_DEPTH} levels deep: flatten it, or store it as an artifact`;
      throw new NotJson(reason, 'OUTPUT_TOO_DEEP');
    }
    this.open.add(value);
    try {
      return this.#convert(value);
    } catch (error) {
      if (error instanceof NotJson) throw error;
      throw new NotJson(`cannot be read as JSON: ${textOf(error)}`);
    } finally {
      this.open.delete(value);
    }
  }

  #convert(value: object): unknown {
    if (RAW.isRawJSON(value)) return value;
    if (isList(value)) return this.items(value);
    if (types.isDate(value)) return moment(value);
    if (types.isMap(value)) return this.entries(value);
    if (types.isBoxedPrimitive(value)) return this.value(value.valueOf());
    const refused = refusalOf(value);
    if (refused) throw new NotJson(refused);
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') return this.value(toJSON.call(value));
    const entries = Object.entries(value);
    const prototype = Object.getPrototypeOf(value);
    const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
    if (entries.length === 0 && !isPlain)
      throw new NotJson(
        `is a ${value.constructor?.name || 'value'} without a JSON form: give its parts as plain values`,
      );
    return this.entries([...entries, ...symbolEntries(value)]);
  }

  protected items(items: ArrayLike<unknown>): unknown[] {
    this.take(items.length);
    const plain: unknown[] = [];
    for (let i = 0; i < items.length; i++) plain.push(this.at(i, items[i]));
    return plain;
  }

  protected entries(pairs: Iterable<readonly [unknown, unknown]>): Record<string, unknown> {
    // Without a prototype, __proto__ is a key as any other.
    const plain: Record<string, unknown> = Object.create(null);
    for (const [key, inner] of pairs) {
      this.take(1);
      const name = this.key(key);
      if (name in plain) throw new NotJson(`has two keys that are ${JSON.stringify(name)} in JSON`);
      plain[name] = this.at(name, inner);
    }
    return plain;
  }

  protected at(at: string | number, inner: unknown): unknown {
    try {
      return this.value(inner);
    } catch (error) {
      if (error instanceof NotJson) error.path.push(at);
      throw error;
    }
  }

  protected key(key: unknown): string {
    if (typeof key === 'string') {
      if (key.isWellFormed()) return key;
      throw new NotJson('has a key with half of a surrogate pair, which is no character');
    }
    if (key === null || ['number', 'bigint', 'boolean'].includes(typeof key)) return String(key);
    throw new NotJson(`has a ${typeof key} as a key: a key in JSON is a text`);
  }

  protected take(count: number): void {
    this.#count += count;
    if (this.#count > MAX_VALUES)
      throw new NotJson(`has more than ${MAX_VALUES} values: store it as an artifact`, 'OUTPUT_TOO_LARGE');
  }
}

function symbolEntries(value: object): [symbol, unknown][] {
  return Object.getOwnPropertySymbols(value)
    .filter((key) => Object.prototype.propertyIsEnumerable.call(value, key))
    .map((key) => [key, (value as Record<symbol, unknown>)[key]]);
}

function isList(value: object): value is ArrayLike<unknown> {
  if (Array.isArray(value) || types.isArgumentsObject(value)) return true;
  return types.isTypedArray(value) && !Buffer.isBuffer(value);
}

/** A number beyond 2^53 keeps an exponent: written out, it would be taken for an integer. */
function numeric(value: number): unknown {
  if (!Number.isFinite(value)) return String(value);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? RAW.rawJSON(value.toExponential()) : value;
}

function moment(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new NotJson('is an invalid date');
  return date.toISOString().replace(/\.?0*Z$/, 'Z');
}

function refusalOf(value: object): string | undefined {
  if (types.isSet(value)) return 'is a Set: a set has no order in JSON, use [...set]';
  if (Buffer.isBuffer(value) || types.isAnyArrayBuffer(value) || types.isDataView(value))
    return 'is bytes, which have no JSON form: give text or base64, or store an artifact';
  if (types.isPromise(value)) return 'is a Promise: await it';
  if (types.isNativeError(value)) return 'is an Error, which has no JSON form: give its message';
  if (types.isRegExp(value)) return 'is a RegExp, which has no JSON form: give its source';
  if (types.isWeakMap(value) || types.isWeakSet(value)) return 'is a weak collection, which has no JSON form';
  return types.isGeneratorObject(value) ? 'is a generator: use [...generator]' : undefined;
}

/** How `inspect` shows the first half of a character whose second half is past its `maxStringLength`. */
const HALF_AT_CUT = /\\ud[89ab][0-9a-f]{2}(?=['"`]\.\.\. \d+ more character)/gi;

/** Any value as text. Never throws. */
export function textOf(value: unknown): string {
  try {
    if (typeof value === 'string') return value.toWellFormed();
    if (types.isNativeError(value)) return `${value.name}: ${value.message}`.toWellFormed();
    if (typeof value !== 'object' || value === null)
      return typeof value === 'function' ? inspect(value) : String(value);
    return inspect(value, { depth: 4, maxArrayLength: 100, maxStringLength: 1_000, breakLength: Infinity })
      .replace(HALF_AT_CUT, '')
      .toWellFormed();
  } catch {
    return '<its text cannot be read>';
  }
}
