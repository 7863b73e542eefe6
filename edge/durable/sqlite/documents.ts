import { boundaryBefore } from '../../../shared/domain/clip.ts';

/** UTF-16 units per row. A row takes 2 MB, a unit up to 3 bytes. */
const PART = 500_000;

export const DOCUMENTS_SCHEMA = `
  CREATE TABLE documents (name TEXT NOT NULL, part INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (name, part)) WITHOUT ROWID`;

export interface Documents {
  put(name: string, text: string): void;
  get(name: string): string | null;
  remove(name: string): void;
  /** Removes every document whose name begins with `prefix`. */
  removeAll(prefix: string): void;
  /** What to store in a row for `text`: the text itself, or '' after it was put aside under `name` because it is too large. */
  spill(name: string, text: string): string;
  /** The text that `spill` made `stored` of. */
  unspill(name: string, stored: string): string;
}

/** Texts of any size in SQLite rows, by name. */
export function createDocuments(sql: SqlStorage): Documents {
  const remove = (name: string) => void sql.exec('DELETE FROM documents WHERE name = ?', name);

  // Names are ASCII: `~` is past every character of one.
  const removeAll = (prefix: string) =>
    void sql.exec('DELETE FROM documents WHERE name >= ? AND name < ?', prefix, `${prefix}~`);

  function put(name: string, text: string): void {
    remove(name);
    let part = 0;
    let start = 0;
    do {
      // Half a character has no UTF-8 form.
      const end = boundaryBefore(text, start + PART);
      sql.exec('INSERT INTO documents (name, part, text) VALUES (?, ?, ?)', name, part++, text.slice(start, end));
      start = end;
    } while (start < text.length);
  }

  function get(name: string): string | null {
    const parts = sql.exec<{ text: string }>('SELECT text FROM documents WHERE name = ? ORDER BY part', name).toArray();
    return parts.length === 0 ? null : parts.map((part) => part.text).join('');
  }

  function spill(name: string, text: string): string {
    if (text.length <= PART) return text;
    put(name, text);
    return '';
  }

  function unspill(name: string, stored: string): string {
    if (stored !== '') return stored;
    const text = get(name);
    if (text === null) throw new Error(`document ${name} is missing`);
    return text;
  }

  return { put, get, remove, removeAll, spill, unspill };
}
