import { asOneName } from '../sql-text.ts';

/** Stands for each item of a list in the path of a value. */
export const ITEM = '\0';

/** The names in a file of JSON: which of them would be lost or renamed as columns of a table, and where a value stands. */
export class JsonKeys {
  /** A key that one object gives twice, and where. */
  twice: { key: string; line: number } | undefined;
  /** Keys of records that SQL takes for one name. */
  twins: [string, string] | undefined;
  /** A record has a key without characters. */
  hasEmpty = false;
  /** A key holds a NUL, at which DuckDB would cut it: one of a record, and one further inside. */
  withNul: { key: string; line: number } | undefined;
  hasNulInside = false;
  readonly #columns = new Map<string, string>();
  /** The keys of each object that is open; null for a list. */
  readonly #open: (Set<string> | null)[] = [];
  readonly #path: string[] = [];
  #isKeyNext = false;

  /** A record has a key. */
  get hasColumns(): boolean {
    return this.#columns.size > 0;
  }

  /** The keys that lead to the value that is read, from the record on. */
  path(isInList: boolean): string[] {
    return isInList ? this.#path.slice(1) : this.#path;
  }

  get isKeyNext(): boolean {
    return this.#isKeyNext;
  }

  openObject(): void {
    this.#open.push(new Set());
    this.#path.push('');
    this.#isKeyNext = true;
  }

  openList(): void {
    this.#open.push(null);
    this.#path.push(ITEM);
    this.#isKeyNext = false;
  }

  close(): void {
    this.#open.pop();
    this.#path.pop();
    this.#isKeyNext = false;
  }

  comma(): void {
    this.#isKeyNext = (this.#open.at(-1) ?? null) !== null;
  }

  /** `text` stands between quotes, its escapes as written. `inRecord` for a name of a column. */
  key(text: string, line: number, inRecord: boolean): void {
    this.#isKeyNext = false;
    const key = text.includes('\\') ? withoutEscapes(text) : text;
    const keys = this.#open.at(-1);
    if (keys?.has(key)) this.twice ??= { key, line };
    keys?.add(key);
    this.#path[this.#path.length - 1] = key;
    const hasNul = key.includes('\0');
    if (!inRecord) {
      if (hasNul) this.hasNulInside = true;
      return;
    }
    if (hasNul) this.withNul ??= { key, line };
    if (key === '') this.hasEmpty = true;
    const name = asOneName(key);
    const known = this.#columns.get(name);
    if (known === undefined) this.#columns.set(name, key);
    else if (known !== key) this.twins ??= [known, key];
  }
}

function withoutEscapes(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    // No JSON: DuckDB says so when it reads the file.
    return text;
  }
}
