/** A line of a terminal. A character takes one column, with the marks that stand on it. */
export class TerminalRow {
  /** What is in it, as long as that was written in order … */
  #text = '';
  /** … else its characters, one per column. */
  #cells: string[] | undefined;
  #bytes = 0;

  /** In UTF-8. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  get text(): string {
    return this.#cells?.join('') ?? this.#text;
  }

  /** How many columns it fills. */
  get columns(): number {
    return this.#split().length;
  }

  append(run: string): void {
    this.#bytes += Buffer.byteLength(run);
    if (this.#cells) this.#write(this.#cells, this.#cells.length, run);
    else this.#text += run;
  }

  /** Writes over what is there from this column on. Answers the column behind it. */
  put(column: number, run: string): number {
    const cells = this.#split();
    while (cells.length < column) {
      cells.push(' ');
      this.#bytes++;
    }
    this.#bytes += Buffer.byteLength(run);
    return this.#write(cells, column, run);
  }

  clear(): void {
    this.#text = '';
    this.#cells = undefined;
    this.#bytes = 0;
  }

  eraseFrom(column: number): void {
    const cells = this.#split();
    while (cells.length > column) this.#bytes -= Buffer.byteLength(cells.pop() ?? '');
  }

  /** Makes blanks of these columns. */
  erase(from: number, to: number): void {
    const cells = this.#split();
    for (let at = Math.min(to, cells.length) - 1; at >= from; at--) {
      const cell = cells[at] ?? ' ';
      if (cell === ' ') continue;
      this.#bytes -= Buffer.byteLength(cell) - 1;
      cells[at] = ' ';
    }
  }

  /** Without its first UTF-16 units. */
  dropStart(units: number): void {
    const rest = this.text.slice(units);
    this.clear();
    this.append(rest);
  }

  /** Once per row and what is written after it was cleared: every later write takes as long as what it writes. */
  #split(): string[] {
    if (this.#cells) return this.#cells;
    const cells: string[] = [];
    this.#cells = cells;
    const text = this.#text;
    this.#text = '';
    this.#write(cells, 0, text);
    return cells;
  }

  #write(cells: string[], column: number, run: string): number {
    let at = column;
    for (const character of run) {
      if (at > 0 && character > MARKS_FROM && MARK.test(character)) {
        cells[at - 1] += character;
        continue;
      }
      const before = cells[at];
      if (before !== undefined) this.#bytes -= Buffer.byteLength(before);
      cells[at++] = character;
    }
    return at;
  }
}

const MARKS_FROM = '\u02ff';
/** What a terminal shows on the character before. */
const MARK = /^[\p{Mark}\u200d]$/u;
