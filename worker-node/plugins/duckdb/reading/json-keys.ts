import { asOneName } from '../sql-text.ts';

/** The names in a file of JSON: which of them would be lost or renamed as columns of a table. */
export class JsonKeys {
  /** A key that one object gives twice, and where. */
  twice: { key: string; line: number } | undefined;
  /** Keys of records that SQL takes for one name. */
  twins: [string, string] | undefined;
  /** A record has a key without characters. */
  hasEmpty = false;
  readonly #columns = new Map<string, string>();
  /** The keys of each object that is open; null for a list. */
  readonly #open: (Set<string> | null)[] = [];
  #isKeyNext = false;

  get isKeyNext(): boolean {
    return this.#isKeyNext;
  }

  openObject(): void {
    this.#open.push(new Set());
    this.#isKeyNext = true;
  }

  openList(): void {
    this.#open.push(null);
    this.#isKeyNext = false;
  }

  close(): void {
    this.#open.pop();
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
    if (!inRecord) return;
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
