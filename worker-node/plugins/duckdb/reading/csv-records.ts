/** What separates the parts of a CSV file. One byte each; 0 for none. */
export interface CsvDialect {
  delimiter: number;
  quote: number;
  comment: number;
  /** Lines to leave out at the beginning. */
  skip: number;
}

export interface CsvRecord {
  /** Where it begins, from 1. */
  line: number;
  bytes: Buffer;
  cells: number;
  /** What is wrong with its quotes, and in which cell, from 1. */
  problem?: { what: string; cell: number };
  /** A quote stands after spaces at the beginning of a cell, where it is a character like any other. */
  spacedQuote: boolean;
}

type State = 'start' | 'spaces' | 'plain' | 'quoted' | 'closed' | 'ignored';

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;

/** Cuts the bytes of a CSV file into records and counts their cells, by RFC 4180. */
export class CsvRecords {
  readonly #dialect: CsvDialect;
  /** Kinds of line ends seen outside of quotes. */
  readonly lineEnds = new Set<'\n' | '\r\n' | '\r'>();
  #state: State = 'start';
  #line = 1;
  #recordLine = 1;
  #cells = 1;
  #problem: CsvRecord['problem'];
  #spacedQuote = false;
  #skip: number;
  #carry: Buffer = Buffer.alloc(0);

  constructor(dialect: CsvDialect) {
    this.#dialect = dialect;
    this.#skip = dialect.skip;
    if (dialect.skip > 0) this.#state = 'ignored';
  }

  /** The records that end in `chunk`. */
  push(chunk: Buffer): CsvRecord[] {
    const records: CsvRecord[] = [];
    const { delimiter, quote, comment } = this.#dialect;
    const from = this.#carry.length;
    // A carriage return at the end waits for the line feed that may follow.
    const data = from > 0 ? Buffer.concat([this.#carry, chunk]) : chunk;
    let start = 0;
    let at = from > 0 && data[from - 1] === CR && this.#state !== 'quoted' ? from - 1 : from;
    for (; at < data.length; at++) {
      const byte = data[at] ?? 0;
      if (this.#state === 'quoted') {
        if (byte === quote) this.#state = 'closed';
        else if (byte === LF) this.#line += 1;
        continue;
      }
      if (byte === LF || byte === CR) {
        if (byte === CR && at + 1 === data.length) break;
        const crlf = byte === CR && data[at + 1] === LF;
        this.lineEnds.add(crlf ? '\r\n' : byte === LF ? '\n' : '\r');
        this.#end(data.subarray(start, at), records);
        if (crlf) at += 1;
        start = at + 1;
      } else if (this.#state !== 'ignored') this.#cell(byte, { delimiter, quote, comment, first: at === start });
    }
    this.#carry = Buffer.from(data.subarray(start));
    return records;
  }

  /** What the file ends with, without a line end. */
  end(): CsvRecord[] {
    const records: CsvRecord[] = [];
    const endsInCr = this.#carry.at(-1) === CR && this.#state !== 'quoted';
    const rest = endsInCr ? this.#carry.subarray(0, -1) : this.#carry;
    if (endsInCr) this.lineEnds.add('\r');
    if (this.#state === 'quoted')
      this.#problem = { what: 'a quote is opened and not closed until the end of the file', cell: this.#cells };
    if (this.#carry.length > 0) this.#end(rest, records);
    return records;
  }

  #cell(
    byte: number,
    { delimiter, quote, comment, first }: { delimiter: number; quote: number; comment: number; first: boolean },
  ): void {
    if (first && comment !== 0 && byte === comment) this.#state = 'ignored';
    else if (byte === delimiter) {
      this.#cells += 1;
      this.#state = 'start';
    } else if (byte === quote && quote !== 0 && (this.#state === 'start' || this.#state === 'closed'))
      this.#state = 'quoted';
    else if (byte === SPACE && (this.#state === 'start' || this.#state === 'spaces')) this.#state = 'spaces';
    else {
      if (this.#state === 'closed')
        this.#problem ??= { what: 'there is text after a closing quote', cell: this.#cells };
      if (this.#state === 'spaces' && byte === quote) this.#spacedQuote = true;
      this.#state = 'plain';
    }
  }

  #end(bytes: Buffer, records: CsvRecord[]): void {
    if (this.#state !== 'ignored')
      records.push({
        line: this.#recordLine,
        bytes,
        cells: this.#cells,
        spacedQuote: this.#spacedQuote,
        ...(this.#problem !== undefined && { problem: this.#problem }),
      });
    if (this.#skip > 0) this.#skip -= 1;
    this.#line += 1;
    this.#recordLine = this.#line;
    this.#cells = 1;
    this.#problem = undefined;
    this.#spacedQuote = false;
    this.#state = this.#skip > 0 ? 'ignored' : 'start';
  }
}

/** The texts of the cells of a record. */
export function cellsOf(bytes: Buffer, dialect: CsvDialect): string[] {
  const mark = markOf(dialect);
  return rawCells(bytes, dialect).map((cell) =>
    mark !== '' && cell.startsWith(mark) ? cell.slice(1, -1).replaceAll(mark + mark, mark) : cell,
  );
}

/** A record with quotes around the cells in which a quote stands after spaces: DuckDB would drop both. */
export function withoutSpacedQuotes(bytes: Buffer, dialect: CsvDialect): Buffer {
  const mark = markOf(dialect);
  const cells = rawCells(bytes, dialect).map((cell) =>
    cell.startsWith(' ') && cell.replace(/^ +/, '').startsWith(mark)
      ? mark + cell.replaceAll(mark, mark + mark) + mark
      : cell,
  );
  return Buffer.from(cells.join(String.fromCharCode(dialect.delimiter)));
}

/** A cell of empty text. */
export const emptyText = (dialect: CsvDialect) => Buffer.from(markOf(dialect).repeat(2));

const markOf = ({ quote }: CsvDialect) => (quote === 0 ? '' : String.fromCharCode(quote));

/** The cells of a record as they are written. */
function rawCells(bytes: Buffer, dialect: CsvDialect): string[] {
  const text = bytes.toString();
  const mark = markOf(dialect);
  const delimiter = String.fromCharCode(dialect.delimiter);
  const cells: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === mark && text.charAt(start) === mark) quoted = !quoted;
    else if (!quoted && char === delimiter) {
      cells.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...cells, text.slice(start)];
}
