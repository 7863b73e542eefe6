const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LF = 0x0a;
const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);
const COMMA = 0x2c;

/** Cuts a JSON array into its items by brackets and commas, whether they are JSON or not. */
export class JsonItems {
  #rest: Buffer[] = [];
  #depth = 0;
  #line = 1;
  /** Where the item begins. */
  #itemLine = 1;
  #inString = false;
  #escaped = false;

  /** The items that end in `chunk`, without the spaces around them. */
  *push(chunk: Buffer): Generator<{ text: string; line: number }> {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === LF) this.#line += 1;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
        continue;
      }
      if (byte === QUOTE) this.#inString = true;
      else if (OPEN.has(byte)) {
        this.#depth += 1;
        if (this.#depth === 1) start = this.#begin(at + 1);
      } else if (CLOSE.has(byte)) this.#depth -= 1;
      if ((byte === COMMA && this.#depth === 1) || (CLOSE.has(byte) && this.#depth === 0)) {
        const item = Buffer.concat([...this.#rest, chunk.subarray(start, at)]).toString();
        const before = /^\s*/.exec(item)?.[0] ?? '';
        const text = item.trim();
        if (text !== '') yield { text, line: this.#itemLine + before.split('\n').length - 1 };
        start = this.#begin(at + 1);
      }
    }
    this.#rest.push(Buffer.from(chunk.subarray(start)));
  }

  #begin(at: number): number {
    this.#rest = [];
    this.#itemLine = this.#line;
    return at;
  }
}
