import { unitsWithin } from '../../../shared/domain/clip-bytes.ts';
import { TerminalRow } from './terminal-row.ts';
import { type ScreenEvents, TerminalScreen } from './terminal-screen.ts';

/** A piece of a line, to be shown as one entry. */
export interface PrintedPart {
  text: string;
  /** Nothing of the line was shown before, and nothing of it is to come. */
  whole: boolean;
  /** The line was written more than once, as progress bars are. */
  redrawn: boolean;
}

export interface PrintedLines {
  write(piece: string): void;
  /** Shows what was not shown yet: half a line, or the newest state of progress bars. */
  peek(): void;
  end(): void;
  /** Whether `peek` may show something. */
  readonly unseen: boolean;
}

export interface PrintedLinesOptions {
  /** Bytes of a part; a longer line comes in several, which joined are the line. */
  maxBytes: number;
  onPart(part: PrintedPart): void;
  /** A line that has ended, as it stands then; of a very long one, its end. */
  onLine?(line: string, redrawn: boolean): void;
}

/** Bytes of a line that has ended and can be redrawn; of a longer one its end would be left alone. */
const MAX_KEPT = 4_000;

class PrintedRow extends TerminalRow {
  /** UTF-16 units of it that were shown. */
  shown = 0;
  /** Whether anything of this line was shown. */
  begun = false;
  redrawn = false;
  /** Whether it was written since it was shown. */
  isChanged = false;
  /** What was shown last. */
  state: string | undefined;
}

/**
 * Cuts what a process prints into lines as a terminal shows them. A line is shown when it ends in the lowest row; one that
 * the cursor went back to is shown in its newest state, by `peek` or before the next line that ends below it.
 */
export function createPrintedLines(options: PrintedLinesOptions): PrintedLines {
  return new ShownScreen(options);
}

class ShownScreen implements PrintedLines, ScreenEvents<PrintedRow> {
  readonly #options: PrintedLinesOptions;
  readonly #screen = new TerminalScreen<PrintedRow>(this);
  /** Whether a row above the lowest was changed. */
  #isHolding = false;
  unseen = false;

  constructor(options: PrintedLinesOptions) {
    this.#options = options;
  }

  write(piece: string): void {
    this.#screen.write(piece);
  }

  peek(): void {
    this.unseen = false;
    this.#showHeld();
    const { lowest } = this.#screen;
    if (lowest.text.slice(lowest.shown).trim() !== '') this.#show(lowest, false);
  }

  end(): void {
    this.#showHeld();
    const { lowest } = this.#screen;
    if (!lowest.isEmpty) this.#end(lowest);
  }

  newRow(): PrintedRow {
    return new PrintedRow();
  }

  changed(row: PrintedRow, { anew, over }: Parameters<ScreenEvents<PrintedRow>['changed']>[1]): void {
    if (anew) {
      row.shown = 0;
      row.redrawn = anew === 'return';
      if (!row.redrawn) row.begun = false;
    } else if (over !== undefined) {
      row.redrawn ||= row.shown > 0 || over === 0;
      if (row.redrawn) row.shown = 0;
    }
    row.isChanged = true;
    this.unseen = true;
    if (row !== this.#screen.lowest) this.#hold(row);
    if (row.bytes > this.#options.maxBytes) this.#showFull(row);
  }

  fed(row: PrintedRow): void {
    this.#showHeld();
    this.#end(row);
    this.unseen = false;
  }

  dropped(): void {
    // It was shown when the row below it ended.
  }

  #hold(row: PrintedRow): void {
    this.#isHolding = true;
    if (row.bytes <= MAX_KEPT) return;
    // No bar is so long.
    const { lowest } = this.#screen;
    this.#showHeld();
    this.#end(lowest);
    this.#screen.forget();
  }

  #showHeld(): void {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    const { rows, row: current, lowest } = this.#screen;
    for (const row of rows) {
      if (row === lowest || !row.isChanged) continue;
      const isHalf = row === current;
      if (row.text === row.state || row.text.trim() === '') continue;
      this.#show(row, !isHalf);
      if (!isHalf) this.#options.onLine?.(row.text, row.redrawn);
    }
  }

  #end(row: PrintedRow): void {
    this.#show(row, true);
    this.#options.onLine?.(row.text, row.redrawn);
    if (row.bytes <= MAX_KEPT) return;
    row.clear();
    row.shown = 0;
    row.state = undefined;
  }

  /** `ended`: nothing of this line is to come. */
  #show(row: PrintedRow, ended: boolean): void {
    row.isChanged = false;
    const text = row.text;
    const part = text.slice(row.shown);
    const isNew = row.redrawn ? part.trim() !== '' && text !== row.state : part !== '' || (ended && !row.begun);
    row.shown = text.length;
    row.state = text;
    if (!isNew) return;
    this.#options.onPart({ text: part, whole: ended && !row.begun, redrawn: row.redrawn });
    row.begun = true;
  }

  /** What has been shown of a long line is not kept. */
  #showFull(row: PrintedRow): void {
    const { maxBytes, onPart } = this.#options;
    row.dropStart(row.shown);
    row.shown = 0;
    while (row.bytes > maxBytes) {
      const text = row.text.slice(0, unitsWithin(row.text, maxBytes));
      onPart({ text, whole: false, redrawn: row.redrawn });
      row.begun = true;
      row.dropStart(text.length);
    }
    this.#screen.toEnd();
  }
}
