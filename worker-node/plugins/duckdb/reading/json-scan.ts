import { isHeldByNumber } from '../values/json-text.ts';
import { JsonKeys } from './json-keys.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LF = 0x0a;

/** Which numbers that a double would change are written as text: all that are no integers, and integers at these paths. */
export interface QuotedNumbers {
  integersAt(path: readonly string[]): boolean;
}

/** Walks over the bytes of JSON: is it whole, what does it hold, and which numbers would a double change? */
export class JsonScan {
  /** Numbers that change when they are read as a double: integers, and others. */
  longIntegers = 0;
  longDecimals = 0;
  /** Values that stand side by side. */
  values = 0;
  firstIsArray = false;
  /** Records that are objects, and the line of the first one that is none. */
  objects = 0;
  noObject: number | undefined;
  /** Whether each record is a number. */
  onlyNumbers = true;
  /** Where something is closed that was not opened. */
  closedTwice: number | undefined;
  /** Bytes of the longest record. */
  longest = 0;
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
  #before = 0;
  #recordStart = 0;
  readonly #quoted: QuotedNumbers | null;

  constructor(quoted: QuotedNumbers | null = null) {
    this.#quoted = quoted;
  }

  get onlyObjects(): boolean {
    return this.noObject === undefined;
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
          this.#begin(byte, this.#before + at);
          if (byte !== 0x2d && (byte < 0x30 || byte > 0x39)) continue;
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
      this.#plain(byte, this.#before + at);
      keyFrom = at + 1;
    }
    this.#before += chunk.length;
    this.#key?.push(Buffer.from(chunk.subarray(keyFrom)));
    if (this.#number === '') out.push(chunk.subarray(from));
    return out;
  }

  end(): Buffer {
    this.#endRecord(this.#before);
    return this.#number === '' ? Buffer.alloc(0) : this.#endNumber();
  }

  #plain(byte: number, place: number): void {
    if (byte === 0x20 || byte === LF || byte === 0x0d || byte === 0x09 || byte === 0x2c || byte === 0x3a) {
      this.#inWord = false;
      if (byte === 0x2c) this.keys.comma();
      if (byte === LF && this.depth === 0) this.#endRecord(place);
      return;
    }
    if (byte === 0x7d || byte === 0x5d) {
      this.depth -= 1;
      if (this.depth < 0) this.closedTwice ??= this.line;
      if (this.#isOfRecord) this.#endRecord(place);
      this.keys.close();
      this.#inWord = false;
      return;
    }
    this.#begin(byte, place);
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

  #endRecord(place: number): void {
    this.longest = Math.max(this.longest, place - this.#recordStart);
  }

  /** Nothing is open but, maybe, the list of the records. */
  get #isOfRecord(): boolean {
    return this.depth === 0 || (this.depth === 1 && this.firstIsArray);
  }

  /** Notes the beginning of a value, when one begins here. */
  #begin(byte: number, place: number): void {
    if (this.#inWord) return;
    this.#inWord = true;
    if (this.depth === 0) {
      this.values += 1;
      if (this.values === 1) this.firstIsArray = byte === 0x5b;
      if (this.values === 1 && this.firstIsArray) return;
    }
    if (!this.#isOfRecord) return;
    this.#recordStart = place;
    if (byte === 0x7b) this.objects += 1;
    else this.noObject ??= this.line;
    if (byte !== 0x2d && (byte < 0x30 || byte > 0x39)) this.onlyNumbers = false;
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
    const quoted = this.#quoted !== null && (!integer || this.#quoted.integersAt(this.keys.path(this.firstIsArray)));
    return Buffer.from(quoted ? `"${number}"` : number);
  }
}

function isNumeric(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x65 || byte === 0x45
  );
}
