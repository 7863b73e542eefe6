import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { LIMITS } from '../../../shared/limits.ts';
import type { JsonValue } from '../../../shared/schemas/json.ts';
import { toJson } from './json-value.ts';
import { lastStatement } from './last-statement.ts';
import type { QueryAnswer, QueryColumn, QueryRequest } from './protocol.ts';
import { locating, QueryError } from './query-error.ts';
import { identifier, literal } from './sandbox.ts';

/** Room for rows: an output holds a little more than them. */
const ROWS_BYTES = LIMITS.outputBytes - 256 * 1024;

/** What the binding says when DuckDB found nothing, and nothing wrong either. */
const NOTHING_EXTRACTED = 'Error in native callback';

/** Runs all statements in order and answers the rows of the last one. Throws QueryError. */
export async function runQuery(connection: DuckDBConnection, request: QueryRequest): Promise<QueryAnswer> {
  const { sql, target } = request;
  await locating(null, () => createViews(connection, request.views));
  const last = await locating(sql, () => runAllButLast(connection, sql));
  if ('maxRows' in target) return locating(sql, () => readRows(last, target.maxRows));

  const { start, end } = await lastStatement(connection, sql);
  const options = target.format === 'json' ? 'FORMAT json, ARRAY true' : `FORMAT ${target.format}`;
  const copy = `COPY (${sql.slice(start, end)}\n) TO ${literal(target.file)} (${options})`;
  const copied = await locating(null, () => connection.run(copy));
  const names = Array.from({ length: last.columnCount }, (_, index) => last.columnName(index));
  return { columns: describe(last, names), rowCount: copied.rowsChanged };
}

async function createViews(connection: DuckDBConnection, views: QueryRequest['views']): Promise<void> {
  for (const { name, reader, path } of views) {
    await connection.run(`CREATE VIEW ${identifier(name)} AS FROM ${reader}(${literal(path)})`);
  }
}

async function runAllButLast(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(sql).catch((error: Error) => {
    if (error.message !== NOTHING_EXTRACTED) throw error;
    throw new QueryError({ type: 'Parser', message: 'the SQL holds no statement' }, { cause: error });
  });
  // A statement is prepared only when those before it have run: it may read what they make.
  for (let index = 0; index < statements.count - 1; index++) await (await statements.prepare(index)).run();
  return statements.prepare(statements.count - 1);
}

async function readRows(statement: DuckDBPreparedStatement, maxRows: number): Promise<QueryAnswer> {
  const result = await statement.stream();
  const names = result.deduplicatedColumnNames();
  // Of the statement: those of the chunks do not say that a text is JSON.
  const types = names.map((_, index) => statement.columnType(index));
  const rows: { [column: string]: JsonValue }[] = [];
  let rowCount = 0;
  let bytes = 0;
  for await (const chunk of result) {
    rowCount += chunk.rowCount;
    if (rows.length >= maxRows || bytes >= ROWS_BYTES) continue;
    for (const values of chunk.getRows()) {
      const row = Object.fromEntries(names.map((name, index) => [name, convert(values[index], types[index])]));
      bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
      if (rows.length >= maxRows || bytes >= ROWS_BYTES) break;
      rows.push(row);
    }
  }
  return { columns: describe(statement, names), rowCount, rows };
}

function convert(value: DuckDBValue | undefined, type: DuckDBType | undefined): JsonValue {
  return value === undefined || type === undefined ? null : toJson(value, type, toJson);
}

function describe(statement: DuckDBPreparedStatement, names: readonly string[]): QueryColumn[] {
  return names.map((name, index) => {
    const type = statement.columnType(index);
    return { name, type: type.alias ?? String(type) };
  });
}
