import { createTerminalReader, type Erased, type TerminalActions } from './terminal-codes.ts';
import type { TerminalRow } from './terminal-row.ts';

/** Rows that a cursor can go back to; blocks of progress bars have fewer. */
const MAX_ROWS = 64;
/** Columns that a cursor can be sent to where there is no text yet: no terminal is much wider. */
const MAX_COLUMN = 500;

/** How the cursor came to the first column: what is written there begins the line anew. */
type Start = 'feed' | 'return';

export interface ScreenEvents<Row> {
  newRow(): Row;
  /** The row was written or erased: `anew`, or from the column `over` on, where something stood; else at its end. */
  changed(row: Row, how: { anew?: Start; over?: number }): void;
  /** The lowest row has ended: a new one comes below it. */
  fed(row: Row): void;
  /** The cursor can't go back to it any more. */
  dropped(row: Row): void;
}

/**
 * The last rows of a terminal that is as wide as its longest line. A line feed in the lowest row makes a new one; in the
 * others it moves the cursor. A carriage return begins the line anew with the next character.
 */
export class TerminalScreen<Row extends TerminalRow> implements TerminalActions {
  readonly write: (piece: string) => void;
  readonly #events: ScreenEvents<Row>;
  #rows: Row[];
  #at = 0;
  /** Column of the cursor; undefined at the end of the row. */
  #column: number | undefined;
  #start: Start | undefined;
  #saved: { row: Row; column: number } | undefined;

  constructor(events: ScreenEvents<Row>) {
    this.#events = events;
    this.#rows = [events.newRow()];
    this.write = createTerminalReader(this);
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  get lowest(): Row {
    return this.#rows.at(-1) ?? this.row;
  }

  /** The row of the cursor. */
  get row(): Row {
    // The cursor is always on a row.
    return this.#rows[this.#at] as Row;
  }

  text(run: string): void {
    const row = this.row;
    const anew = this.#start;
    this.#start = undefined;
    if (anew) {
      row.clear();
      this.#column = undefined;
    }
    const column = this.#column;
    if (column === undefined) {
      row.append(run);
      this.#events.changed(row, anew ? { anew } : {});
    } else {
      const over = column < row.columns ? { over: column } : {};
      this.#column = row.put(this.#within(column), run);
      this.#events.changed(row, over);
    }
  }

  lineFeed(): void {
    if (this.#at === this.#rows.length - 1) this.#feed();
    else this.#at++;
    this.#begin('feed');
  }

  carriageReturn(): void {
    this.#begin('return');
  }

  across(columns: number): void {
    const column = this.#columnNow();
    // Nothing is left of the first column, and a carriage return stays one.
    if (columns < 0 && column === 0) return;
    this.#move(columns < 0 ? Math.max(0, column + columns) : this.#within(column + columns));
  }

  down(rows: number): void {
    const column = this.#columnNow();
    if (rows < 0) this.#at = Math.max(0, this.#at + rows);
    else if (this.#at < this.#rows.length - 1) this.#at = Math.min(this.#at + rows, this.#rows.length - 1);
    else if (rows > 0) this.#feed();
    if (this.#start) this.#begin('return');
    else this.#column = column;
  }

  toColumn(column: number): void {
    if (column === 0) this.carriageReturn();
    else this.#move(this.#within(column));
  }

  toRow(row: number): void {
    this.down(Math.min(row, this.#rows.length - 1) - this.#at);
  }

  eraseLine(what: Erased): void {
    const row = this.row;
    // Many tools end every line so.
    if (what === 'rest' && !this.#start && this.#column === undefined) return;
    const column = this.#columnNow();
    if (!this.#start) this.#column = column;
    if (what === 'all' || (what === 'rest' && column === 0)) this.#clear(row);
    else {
      if (what === 'rest') row.eraseFrom(column);
      // A terminal wraps a longer line: it would erase the last of its rows.
      else row.erase(Math.max(0, column - MAX_COLUMN), column + 1);
      this.#events.changed(row, { over: what === 'rest' ? column : 0 });
    }
  }

  eraseScreen(what: Erased): void {
    for (const [at, row] of this.#rows.entries())
      if (what === 'all' || (what === 'rest' ? at > this.#at : at < this.#at)) this.#clear(row);
    this.eraseLine(what);
  }

  save(): void {
    this.#saved = { row: this.row, column: this.#columnNow() };
  }

  restore(): void {
    const { row = this.row, column = 0 } = this.#saved ?? { row: this.#rows[0] };
    this.#at = Math.max(0, this.#rows.indexOf(row));
    this.#move(column);
  }

  /** Gives up all rows but that of the cursor. */
  forget(): void {
    this.#rows = [this.row];
    this.#at = 0;
  }

  /** To be called when the start of the cursor's row was dropped: it goes to the end. */
  toEnd(): void {
    this.#column = undefined;
  }

  #clear(row: Row): void {
    if (row.isEmpty) return;
    row.clear();
    this.#events.changed(row, { anew: 'return' });
  }

  #feed(): void {
    this.#events.fed(this.row);
    this.#rows.push(this.#events.newRow());
    this.#at++;
    if (this.#rows.length <= MAX_ROWS) return;
    const dropped = this.#rows.shift();
    this.#at--;
    if (dropped) this.#events.dropped(dropped);
  }

  #begin(start: Start): void {
    this.#start = start;
    this.#column = undefined;
  }

  #move(column: number): void {
    this.#start = undefined;
    this.#column = column;
  }

  #columnNow(): number {
    return this.#start ? 0 : (this.#column ?? this.row.columns);
  }

  #within(column: number): number {
    return Math.min(column, Math.max(MAX_COLUMN, this.row.columns));
  }
}
