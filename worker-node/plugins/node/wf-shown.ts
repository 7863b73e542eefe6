import { RAW, textOf, Walk } from './wf-values.ts';

/*
 * Values as a log shows them: JSON as in outputs, and text in place of whatever has no JSON form. Nothing throws here. Part
 * of the helper `wf`: it stands alone.
 */

const CUT = ' … (cut)';
/** Bytes of a message; the rest is cut off. */
const MESSAGE_BYTES = 64 * 1024;
/** Characters of JSON that one value gets; the rest is cut off. */
const ROOM = 32 * 1024;
const DEPTH = 32;

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
  const text = textOf(value);
  if (Buffer.byteLength(text) <= MESSAGE_BYTES) return text;
  const room = new Uint8Array(MESSAGE_BYTES - Buffer.byteLength(CUT));
  return text.slice(0, new TextEncoder().encodeInto(text, room).read) + CUT;
}

class Show extends Walk {
  #room = ROOM;

  override value(value: unknown): unknown {
    let plain: unknown;
    try {
      plain = super.value(value);
    } catch {
      plain = textOf(value);
    }
    if (typeof plain === 'string') return this.#clipped(plain);
    this.#room -= 8;
    return plain;
  }

  protected override text(text: string): string {
    return text.toWellFormed();
  }

  protected override object(value: object): unknown {
    if (this.open.has(value)) return '[Circular]';
    return this.open.size >= DEPTH ? cut(textOf(value), 200) : super.object(value);
  }

  protected override items(items: ArrayLike<unknown>): unknown[] {
    const plain: unknown[] = [];
    for (let i = 0; i < items.length; i++) {
      if (this.#room <= 0) return [...plain, CUT.trim()];
      plain.push(this.value(items[i]));
    }
    return plain;
  }

  protected override entries(pairs: Iterable<readonly [unknown, unknown]>): Record<string, unknown> {
    const plain: Record<string, unknown> = Object.create(null);
    for (const [key, inner] of pairs) {
      if (this.#room <= 0) {
        plain['…'] = CUT.trim();
        break;
      }
      let name = this.#clipped(textOf(key));
      while (name in plain) name += ` (${typeof key})`;
      plain[name] = this.value(inner);
    }
    return plain;
  }

  #clipped(text: string): string {
    const room = Math.max(0, this.#room);
    const cost = text.length > room ? room + 1 : JSON.stringify(text).length;
    this.#room -= Math.min(cost, room) + 8;
    if (cost <= room) return text;
    return cut(text, Math.floor(room / 6));
  }
}

/** The first half of a character is not kept without the second. */
const cut = (text: string, units: number): string => text.slice(0, units).replace(/[\uD800-\uDBFF]$/, '') + CUT;
