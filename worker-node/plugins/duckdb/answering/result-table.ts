import { randomUUID } from 'node:crypto';
import {
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBType,
  ResultReturnType,
  StatementType,
} from '@duckdb/node-api';
import { locating } from '../query-error.ts';
import { identifier } from '../sql-text.ts';
import { typeSql } from '../values/type-sql.ts';
import type { BindingSet } from './bindings.ts';
import { count, lastStatement } from './last-statement.ts';

/** What the last statement gave, as a table: what is counted, stored and answered comes from it. */
export interface ResultTable {
  /** Its name as SQL. Its columns are called c0, c1, … */
  table: string;
  /** Names apart from each other, in the order of the columns. */
  names: string[];
  types: DuckDBType[];
  rowCount: number;
  /** False for a statement that only says how many rows it changed. */
  hasRows: boolean;
}

/** Place of the last statement, for its bindings. */
const LAST = -1;

export const columnOf = (index: number): string => `"c${index}"`;

/**
 * Runs a prepared statement, the last one of `sql`, to its end and keeps its rows as a table. DuckDB spills a table to disk
 * when its memory is full, and no part of it passes through JavaScript. Throws QueryError, also for an error in the last row.
 */
export async function materialise(
  connection: DuckDBConnection,
  sql: string,
  { last, bindings }: { last: DuckDBPreparedStatement; bindings: BindingSet },
): Promise<ResultTable> {
  const { text, start } = await lastStatement(connection, sql);
  const name = `result_${randomUUID()}`;
  const table = `temp.main.${identifier(name)}`;
  const create = (columns: string) => `CREATE TEMP TABLE ${identifier(name)}${columns} AS ${text}`;
  // DESCRIBE, SHOW and SUMMARIZE are SELECT to DuckDB, but no table can be made of their text.
  const selects = last.statementType === StatementType.SELECT && !Number.isNaN(await count(connection, create('')));
  if (!selects) return appendResult(connection, { last, bindings, name, table });

  const names = await columnNames(connection, { last, bindings, text });
  const columns = names.map((_, index) => columnOf(index)).join(', ');
  const statement = create(`(${columns})`);
  const shift = Buffer.byteLength(statement) - Buffer.byteLength(text) - Buffer.byteLength(sql.slice(0, start));
  await locating(sql, () => runAll(connection, statement, bindings), shift);
  return describeTable(connection, { table, names, hasRows: true });
}

/** Runs the statement and copies its result, for statements whose text can't be part of another. */
async function appendResult(
  connection: DuckDBConnection,
  { last, bindings, name, table }: { last: DuckDBPreparedStatement; bindings: BindingSet; name: string; table: string },
): Promise<ResultTable> {
  bindings.bind(last, LAST);
  bindings.assertAllTaken();
  const result = await last.run();
  const names = result.columnNames();
  const columns = names.map((_, index) => `${columnOf(index)} ${typeSql(result.columnType(index))}`);
  const hasRows = result.returnType === ResultReturnType.QUERY_RESULT;
  await connection.run(`CREATE TEMP TABLE ${identifier(name)} (${columns.join(', ')})`);
  const appender = await connection.createAppender(name, 'main', 'temp');
  for (let index = 0; index < result.chunkCount; index++) appender.appendDataChunk(result.getChunk(index));
  appender.closeSync();
  return describeTable(connection, { table, names, hasRows });
}

/** DuckDB names the columns of a statement with parameters only once these have values. */
async function columnNames(
  connection: DuckDBConnection,
  { last, bindings, text }: { last: DuckDBPreparedStatement; bindings: BindingSet; text: string },
): Promise<string[]> {
  if (last.parameterCount === 0) return Array.from({ length: last.columnCount }, (_, index) => last.columnName(index));
  const described = await locating(null, async () => {
    const statement = await connection.prepare(`DESCRIBE ${text}`);
    bindings.bind(statement, LAST);
    return statement.runAndReadAll();
  });
  return described.getRows().map(([name]) => String(name));
}

/** Runs what DuckDB makes of one text: several statements for a PIVOT. */
async function runAll(connection: DuckDBConnection, sql: string, bindings: BindingSet): Promise<void> {
  const statements = await connection.extractStatements(sql);
  for (let index = 0; index < statements.count; index++) {
    const statement = await statements.prepare(index);
    bindings.bind(statement, LAST);
    if (index === statements.count - 1) bindings.assertAllTaken();
    await statement.run();
  }
}

async function describeTable(
  connection: DuckDBConnection,
  { table, names, hasRows }: Pick<ResultTable, 'table' | 'names' | 'hasRows'>,
): Promise<ResultTable> {
  const statement = await connection.prepare(`FROM ${table}`);
  const types = names.map((_, index) => statement.columnType(index));
  const [[rows] = []] = (await connection.runAndReadAll(`SELECT count(*) FROM ${table}`)).getRows();
  return { table, names: apart(names), types, rowCount: Number(rows), hasRows };
}

/** Equal names get a number, as DuckDB's binding does it: a, a:1. */
function apart(names: readonly string[]): string[] {
  const used = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let count = 1; used.has(free); count++) free = `${name}:${count}`;
    used.add(free);
    return free;
  });
}
