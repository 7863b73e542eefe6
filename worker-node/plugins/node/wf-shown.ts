import { RAW, textOf, Walk } from './wf-values.ts';

/*
 * Values as a log shows them: JSON as in outputs, and text in place of whatever has no JSON form. Nothing throws here. Part
 * of the helper `wf`: it stands alone.
 */

const CUT = ' … (cut)';
/** Bytes of a message; the rest is cut off. */
const MESSAGE_BYTES = 64 * 1024;
/** Bytes of JSON that one value gets; the rest is cut off. */
const ROOM = 32 * 1024;
/** What of the room a value leaves to those behind it, as long as there is more than twice as much. */
const KEPT = 1024;
const BRACKETS = 4;
const COMMA = 2;
const MARK = 24;
const DEPTH = 32;
/** Bytes of the text of what is deeper. */
const LAST_LEVEL = 200;
/** Names of fields are looked for in lists of as many items. */
const NAMED_ITEMS = 10_000;

export function show(value: unknown): unknown {
  return new Show().value(value);
}

/** As `show`, but always an object: anything else comes as its `value`. */
export function showObject(value: unknown): Record<string, unknown> {
  const plain = show(value);
  const isObject = typeof plain === 'object' && plain !== null && !Array.isArray(plain) && !RAW.isRawJSON(plain);
  return isObject ? (plain as Record<string, unknown>) : { value: plain };
}

/** The text of a message, within the limit and cut between characters. */
export function messageOf(value: unknown): string {
  const text = textOf(value, depthOf(value));
  if (text.length * 3 <= MESSAGE_BYTES || Buffer.byteLength(text) <= MESSAGE_BYTES) return text;
  const room = new Uint8Array(MESSAGE_BYTES - Buffer.byteLength(CUT));
  return text.slice(0, new TextEncoder().encodeInto(text, room).read) + CUT;
}

/** Levels that the text of a value shows: those of a large one, or one that shares parts of itself, can take for ever. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object') return 0;
  const walk = new Show();
  walk.value(value);
  return walk.isCut ? 1 : 4;
}

class Show extends Walk {
  isCut = false;
  #room = ROOM;
  #kept = 0;

  override value(value: unknown): unknown {
    const before = this.#room;
    let plain: unknown;
    try {
      plain = super.value(value);
    } catch {
      plain = this.text(textOf(value));
    }
    if (this.#room !== before) return plain;
    // A number, or one that became a text.
    if (typeof plain === 'string') return this.text(plain);
    this.#room -= sizeOf(plain) + COMMA;
    return plain;
  }

  protected override text(text: string): string {
    const whole = text.toWellFormed();
    const limit = this.#room - this.#kept;
    const shown = whole.length > limit || sizeOf(whole) > limit ? startOf(whole, limit) + this.#cut() : whole;
    this.#room -= sizeOf(shown) + COMMA;
    return shown;
  }

  protected override object(value: object): unknown {
    this.#room -= BRACKETS;
    if (this.open.has(value)) return '[Circular]';
    if (this.open.size < DEPTH) return this.enter(value);
    const text = startOf(textOf(value, 0), LAST_LEVEL);
    this.#room -= sizeOf(text);
    return text + this.#cut();
  }

  protected override items(items: ArrayLike<unknown>): unknown[] {
    const plain: unknown[] = [];
    for (let i = 0; i < items.length; i++) {
      if (this.#room <= this.#kept) return [...plain, this.#cut().trim()];
      plain.push(this.#beforeOthers(items[i]));
    }
    return plain;
  }

  protected override entries(pairs: Iterable<readonly [unknown, unknown]>): Record<string, unknown> {
    const plain: Record<string, unknown> = Object.create(null);
    let count = 0;
    for (const [key, inner] of pairs) {
      if (this.#room <= this.#kept) {
        plain['…'] = this.#cut().trim();
        break;
      }
      const shown = this.#beforeOthers(typeof key === 'object' ? key : textOf(key));
      const text = typeof shown === 'object' ? textOf(key) : String(shown);
      let name = text;
      if (text in plain) {
        this.#room -= MARK;
        name = `${text} (${typeof key})`;
      }
      for (let n = count; name in plain; n++) name = `${text} (${typeof key} ${n})`;
      plain[name] = this.#beforeOthers(inner);
      count++;
    }
    return plain;
  }

  protected override beside<Plain>(value: object, plain: Plain): Plain {
    return 'length' in value && Number(value.length) > NAMED_ITEMS ? plain : super.beside(value, plain);
  }

  protected override take(): void {
    // Its own limit is the room.
  }

  #beforeOthers(inner: unknown): unknown {
    const kept = this.#kept;
    this.#kept += Math.max(0, Math.min(KEPT, (this.#room - kept) >> 1));
    try {
      return this.value(inner);
    } finally {
      this.#kept = kept;
    }
  }

  #cut(): string {
    this.isCut = true;
    this.#room -= MARK;
    return CUT;
  }
}

/** Bytes of JSON. */
const sizeOf = (plain: unknown): number => Buffer.byteLength(JSON.stringify(plain) ?? '');

/** As much of the text as has that size, between characters. */
function startOf(text: string, limit: number): string {
  let [fits, ends] = [0, Math.min(text.length, Math.max(0, limit))];
  while (fits < ends) {
    const middle = (fits + ends + 1) >> 1;
    if (sizeOf(text.slice(0, middle)) <= limit) fits = middle;
    else ends = middle - 1;
  }
  // The first half of a character is not kept without the second.
  return text.slice(0, fits).replace(/[\uD800-\uDBFF]$/, '');
}
