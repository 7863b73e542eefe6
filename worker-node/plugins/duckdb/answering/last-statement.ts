import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * The text of the last statement of `sql`, without its semicolon, and where it starts. DuckDB itself decides: a semicolon separates when the
 * parts before and after it parse, and together hold as many statements as the whole. One that DuckDB turns into several
 * (PIVOT) is one text.
 */
export async function lastStatement(
  connection: DuckDBConnection,
  sql: string,
): Promise<{ text: string; start: number }> {
  const total = await count(connection, sql);
  let end = sql.length;
  for (let at = sql.lastIndexOf(';'); at >= 0; at = sql.lastIndexOf(';', at - 1)) {
    const inHead = await count(connection, sql.slice(0, at));
    if (inHead === total) end = at;
    else if (inHead + (await count(connection, sql.slice(at + 1, end))) === total)
      return { text: sql.slice(at + 1, end), start: at + 1 };
    if (at === 0) break;
  }
  return { text: sql.slice(0, end), start: 0 };
}

/** Statements in `sql`; NaN when it is no SQL by itself, as with a semicolon that is part of a string or a comment. */
export async function count(connection: DuckDBConnection, sql: string): Promise<number> {
  try {
    return (await connection.extractStatements(sql)).count;
  } catch {
    return Number.NaN;
  }
}
