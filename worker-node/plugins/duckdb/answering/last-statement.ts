import type { DuckDBConnection } from '@duckdb/node-api';
import { semicolons } from './semicolons.ts';

export interface LastStatement {
  /** Without its semicolon. */
  text: string;
  /** Where it begins in the SQL. */
  start: number;
  /** Into how many statements DuckDB turns it: several for a PIVOT whose values it has to look for. */
  parts: number;
}

/** The last statement of `sql`. */
export async function lastStatement(connection: DuckDBConnection, sql: string): Promise<LastStatement> {
  const total = await count(connection, sql);
  const found = await splitAt(connection, sql, { total, places: semicolons(sql) });
  if (found.start > 0 || found.parts === 1) return found;
  // Either it is one PIVOT, or DuckDB sees a semicolon that was not taken for one.
  return splitAt(connection, sql, { total, places: Array.from(sql.matchAll(/;/g), ({ index }) => index) });
}

/**
 * DuckDB itself decides: a semicolon separates when the parts before and after it parse, and together hold as many statements
 * as the whole.
 */
async function splitAt(
  connection: DuckDBConnection,
  sql: string,
  { total, places }: { total: number; places: readonly number[] },
): Promise<LastStatement> {
  let end = sql.length;
  for (const at of places.toReversed()) {
    const inHead = await count(connection, sql.slice(0, at));
    if (inHead === total) {
      end = at;
      continue;
    }
    const text = sql.slice(at + 1, end);
    const parts = await count(connection, text);
    if (inHead + parts === total) return { text, start: at + 1, parts };
  }
  return { text: sql.slice(0, end), start: 0, parts: total };
}

/** Statements in `sql`; NaN when it is no SQL by itself, as with a semicolon that is part of a string or a comment. */
export async function count(connection: DuckDBConnection, sql: string): Promise<number> {
  try {
    return (await connection.extractStatements(sql)).count;
  } catch {
    return Number.NaN;
  }
}
