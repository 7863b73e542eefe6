import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * Where the last statement of `sql` begins and ends (without its semicolon). DuckDB itself decides: a semicolon
 * separates when the parts before and after it parse, and together hold as many statements as the whole.
 */
export async function lastStatement(
  connection: DuckDBConnection,
  sql: string,
): Promise<{ start: number; end: number }> {
  const total = await count(connection, sql);
  let end = sql.length;
  for (let at = sql.lastIndexOf(';'); at >= 0; at = sql.lastIndexOf(';', at - 1)) {
    const head = sql.slice(0, at);
    const inHead = await count(connection, head);
    if (inHead === total) end = at;
    else if (inHead === total - 1 && (await count(connection, sql.slice(at + 1, end))) === 1)
      return { start: at + 1, end };
    if (at === 0) break;
  }
  return { start: 0, end };
}

async function count(connection: DuckDBConnection, sql: string): Promise<number> {
  try {
    return (await connection.extractStatements(sql)).count;
  } catch {
    // Not SQL by itself: this semicolon is part of a string or a comment.
    return Number.NaN;
  }
}
