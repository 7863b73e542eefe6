import type { DuckDBConnection } from '@duckdb/node-api';
import { LIMITS } from '../../../../shared/limits.ts';
import type { JsonValue } from '../../../../shared/schemas/json.ts';
import type { QueryAnswer } from '../protocol.ts';
import { QueryError } from '../query-error.ts';
import { columnToJson } from '../values/json-value.ts';
import { typeSql } from '../values/type-sql.ts';
import type { ResultTable } from './result-table.ts';

/** Room for rows: an output holds a little more than them. */
const ROWS_BYTES = LIMITS.outputBytes - 256 * 1024;

/** Few enough that a page of long values leaves room for the table in DuckDB's memory. */
const PAGE_ROWS = 128;

/** The first rows of a result, as many as fit into an answer. */
export async function readRows(
  connection: DuckDBConnection,
  { table, names, types, rowCount, firstRow }: ResultTable,
  maxRows: number,
): Promise<Omit<QueryAnswer, 'skipped'>> {
  const rows: { [column: string]: JsonValue }[] = [];
  const typed = names.map((name, index) => ({ name, type: types[index] ?? missing(name) }));
  const columns = typed.map(({ name, type }) => ({ name, type: typeSql(type) }));
  const wanted = Math.min(maxRows, rowCount);
  let bytes = 0;
  for (let from = 0; from < wanted; from += PAGE_ROWS) {
    const first = firstRow + BigInt(from);
    const page = `FROM ${table} WHERE rowid >= ${first} AND rowid < ${first + BigInt(Math.min(PAGE_ROWS, wanted - from))}`;
    for (const values of (await connection.runAndReadAll(page)).getRows()) {
      const row = Object.fromEntries(typed.map((column, index) => [column.name, columnToJson(values[index], column)]));
      bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
      if (bytes >= ROWS_BYTES) return { columns, rowCount, rows };
      rows.push(row);
    }
  }
  assertAllRead(rows.length, wanted);
  return { columns, rowCount, rows };
}

/** A stream of rows that breaks off ends like one that is complete. */
export function assertAllRead(read: number, expected: number): void {
  if (read === expected) return;
  throw new QueryError({ type: 'Internal', message: `only ${read} of ${expected} rows of the result could be read` });
}

function missing(name: string): never {
  throw new Error(`the result has no column ${name}`);
}
