import { inspect, types } from 'node:util';
import { fieldBeside, fieldsOf, formOf, gettersFrom, isRoot } from './wf-fields.ts';

/*
 * Values of JavaScript as JSON, by the table in docs/plugins/scripts.md. Part of the helper `wf`: it stands alone.
 */

/** Not yet among the types of the language. */
export const RAW = JSON as unknown as { rawJSON(text: string): object; isRawJSON(value: unknown): boolean };

/** As the engine takes it. */
const MAX_DEPTH = 64;
/** An output of more values has over 16 MiB, and so has one of twice as many characters. */
const MAX_VALUES = 8 * 1024 * 1024;
/** From here on the characters of a text count. */
const LONG_TEXT = 64;
/** What has as many values is gone through once, in however many places it is. */
const KEPT_VALUES = 32;
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
    // The way to what lies too deep would be all that there is to read; too large is the whole.
    if (this.code !== 'INVALID_OUTPUT') return `output ${this.reason}`;
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
  readonly #known = new Map<object, { plain: unknown; count: number; height: number }>();
  readonly #getters = new Map<object | null, string[]>();
  #count = 0;
  #deepest = 0;

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
    if (text.length >= LONG_TEXT) this.take(text.length >> 1);
    if (text.isWellFormed()) return text;
    throw new NotJson('holds half of a surrogate pair, which is no character');
  }

  /** Parts of a value that share their parts can be more than anybody can go through. */
  protected object(value: object): unknown {
    const known = this.#known.get(value);
    if (known && this.open.size + known.height <= MAX_DEPTH) {
      this.take(known.count);
      return known.plain;
    }
    const [before, outside] = [this.#count, this.#deepest];
    this.#deepest = 0;
    const plain = this.enter(value);
    const [count, height] = [this.#count - before, this.#deepest - this.open.size];
    if (count >= KEPT_VALUES) this.#known.set(value, { plain, count, height });
    this.#deepest = Math.max(outside, this.#deepest);
    return plain;
  }

  protected enter(value: object): unknown {
    if (this.open.has(value)) throw new NotJson('contains itself');
    if (this.open.size >= MAX_DEPTH) {
      const reason = `is nested over ${MAX_DEPTH} levels deep: flatten it, or store it as an artifact`;
      throw new NotJson(reason, 'OUTPUT_TOO_DEEP');
    }
    this.open.add(value);
    this.#deepest = Math.max(this.#deepest, this.open.size);
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
    const toForm = formOf(value);
    if (toForm) {
      const form = toForm.call(value);
      // What answers itself is meant with its fields, as JSON.stringify takes it.
      if (form !== value) return this.value(form);
    }
    if (isList(value)) return this.beside(value, this.items(value));
    if (types.isDate(value)) return this.beside(value, moment(value));
    if (types.isMap(value)) return this.beside(value, this.entries(value));
    if (types.isBoxedPrimitive(value)) return this.value(value.valueOf());
    const refused = refusalOf(value);
    if (refused) throw new NotJson(refused);
    return this.#fields(value);
  }

  #fields(value: object): Record<string, unknown> {
    const fields = fieldsOf(value);
    const prototype: object | null = Object.getPrototypeOf(value);
    if (isRoot(prototype)) return this.entries(fields);
    const name = value.constructor?.name || 'value';
    if (fields.every(([key]) => typeof key === 'symbol'))
      throw new NotJson(`is a ${name} without a JSON form: give its parts as plain values`);
    const getters = this.#getters.get(prototype) ?? gettersFrom(prototype);
    this.#getters.set(prototype, getters);
    const getter = getters.find((key) => !Object.hasOwn(value, key));
    if (getter !== undefined)
      throw new NotJson(
        `is a ${name} whose getter ${getter} is no field: give its parts as plain values, or a toJSON()`,
      );
    return this.entries(fields);
  }

  /** The plain form of a value that has no fields beside it. */
  protected beside<Plain>(value: object, plain: Plain): Plain {
    const field = fieldBeside(value);
    if (field === undefined) return plain;
    const kind = isList(value) ? 'list' : types.isMap(value) ? 'Map' : 'Date';
    throw new NotJson(`is a ${kind} with the field ${JSON.stringify(field)} beside it: give an object that holds both`);
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
    const plain = typeof key === 'object' ? this.#keyForm(key) : key;
    if (plain === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof plain)) return String(plain);
    const kind = { object: 'an object', undefined: 'undefined' }[typeof key as string] ?? `a ${typeof key}`;
    throw new NotJson(`has ${kind} as a key: a key in JSON is a text`);
  }

  #keyForm(key: object | null): unknown {
    try {
      return this.value(key);
    } catch (error) {
      if (!(error instanceof NotJson)) throw error;
      throw new NotJson(`has a key that ${error.reason}`, error.code);
    }
  }

  protected take(count: number): void {
    this.#count += count;
    if (this.#count > MAX_VALUES) throw new NotJson('has over 16 MiB: store it as an artifact', 'OUTPUT_TOO_LARGE');
  }
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

/** Any value as text, with so many levels of its parts. Never throws. */
export function textOf(value: unknown, depth = 2): string {
  try {
    if (typeof value === 'string') return value.toWellFormed();
    if (types.isNativeError(value)) return `${value.name}: ${value.message}`.toWellFormed();
    if (typeof value !== 'object' || value === null)
      return typeof value === 'function' ? inspect(value) : String(value);
    return inspect(value, { depth, maxArrayLength: 100, maxStringLength: 1_000, breakLength: Infinity })
      .replace(HALF_AT_CUT, '')
      .toWellFormed();
  } catch {
    return '<its text cannot be read>';
  }
}
