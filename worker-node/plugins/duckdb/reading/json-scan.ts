import { isHeldByNumber } from '../values/json-text.ts';
import { JsonKeys } from './json-keys.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LF = 0x0a;

/** Walks over the bytes of JSON: is it whole, what does it hold, and which numbers would a double change? */
export class JsonScan {
  /** Numbers that change when they are read as a double: integers, and others. */
  longIntegers = 0;
  longDecimals = 0;
  /** Values that stand side by side. */
  values = 0;
  firstIsArray = false;
  /** Whether each record is an object. */
  onlyObjects = true;
  /** What is opened and not closed yet. */
  depth = 0;
  line = 1;
  readonly keys = new JsonKeys();
  /** What is read of a key; null outside of one. */
  #key: Buffer[] | null = null;
  #inString = false;
  #escaped = false;
  #number = '';
  #inWord = false;
  readonly #quoteIntegers: boolean;

  /** `quoteIntegers`: also long integers are written as text; other long numbers always are. */
  constructor({ quoteIntegers }: { quoteIntegers: boolean }) {
    this.#quoteIntegers = quoteIntegers;
  }

  get isWhole(): boolean {
    return this.depth === 0 && !this.#inString;
  }

  /** The same bytes, with long numbers as text. */
  push(chunk: Buffer): Buffer[] {
    const out: Buffer[] = [];
    let from = 0;
    let keyFrom = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === LF) this.line += 1;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) {
          this.#inString = false;
          if (this.#key !== null) this.#endKey(chunk.subarray(keyFrom, at));
        }
        continue;
      }
      if (isNumeric(byte) && (this.#number !== '' || !this.#inWord)) {
        if (this.#number === '') {
          if (byte !== 0x2d && (byte < 0x30 || byte > 0x39)) {
            this.#begin(byte);
            continue;
          }
          this.#begin(byte);
          out.push(chunk.subarray(from, at));
        }
        this.#number += String.fromCharCode(byte);
        from = at + 1;
        continue;
      }
      if (this.#number !== '') {
        out.push(this.#endNumber());
        from = at;
      }
      this.#plain(byte);
      keyFrom = at + 1;
    }
    this.#key?.push(Buffer.from(chunk.subarray(keyFrom)));
    if (this.#number === '') out.push(chunk.subarray(from));
    return out;
  }

  end(): Buffer {
    return this.#number === '' ? Buffer.alloc(0) : this.#endNumber();
  }

  #plain(byte: number): void {
    if (byte === 0x20 || byte === LF || byte === 0x0d || byte === 0x09 || byte === 0x2c || byte === 0x3a) {
      this.#inWord = false;
      if (byte === 0x2c) this.keys.comma();
      return;
    }
    if (byte === 0x7d || byte === 0x5d) {
      this.depth -= 1;
      this.keys.close();
      this.#inWord = false;
      return;
    }
    this.#begin(byte);
    if (byte === 0x7b || byte === 0x5b) {
      this.depth += 1;
      this.#inWord = false;
      if (byte === 0x7b) this.keys.openObject();
      else this.keys.openList();
    } else if (byte === QUOTE) {
      this.#inString = true;
      if (this.keys.isKeyNext) this.#key = [];
      this.#inWord = false;
    }
  }

  #endKey(rest: Buffer): void {
    const text = Buffer.concat([...(this.#key ?? []), rest]).toString();
    this.#key = null;
    this.keys.key(text, this.line, this.depth === (this.firstIsArray ? 2 : 1));
  }

  /** Notes the beginning of a value, when one begins here. */
  #begin(byte: number): void {
    if (this.#inWord) return;
    this.#inWord = true;
    if (this.depth === 0) {
      this.values += 1;
      if (this.values === 1) this.firstIsArray = byte === 0x5b;
      if (byte !== 0x7b && !(byte === 0x5b && this.values === 1)) this.onlyObjects = false;
    } else if (this.depth === 1 && this.firstIsArray && byte !== 0x7b) this.onlyObjects = false;
  }

  #endNumber(): Buffer {
    const number = this.#number;
    this.#number = '';
    this.#inWord = false;
    const short = number.length < 16 && !/e/i.test(number);
    if (short || isHeldByNumber(number)) return Buffer.from(number);
    const integer = /^-?\d+$/.test(number);
    if (integer) this.longIntegers += 1;
    else this.longDecimals += 1;
    return Buffer.from(integer && !this.#quoteIntegers ? number : `"${number}"`);
  }
}

function isNumeric(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x65 || byte === 0x45
  );
}
