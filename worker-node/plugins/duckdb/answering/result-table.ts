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
import { count, type LastStatement } from './last-statement.ts';

/** What the last statement gave, as a table: what is counted, stored and answered comes from it. */
export interface ResultTable {
  /** Its name as SQL. */
  table: string;
  /** The columns of the table, as SQL. */
  columns: string[];
  /** What the statement calls them, told apart. */
  names: string[];
  types: DuckDBType[];
  rowCount: number;
  /** The rowid of its first row; those of the others follow. */
  firstRow: bigint;
  /** False for a statement that only says how many rows it changed. */
  hasRows: boolean;
}

interface Target {
  name: string;
  table: string;
}

/** Place of the last statement, for its bindings. */
const LAST = -1;

/**
 * Runs the last statement of `sql` to its end and keeps its rows as a table. DuckDB spills a table to disk when its memory is
 * full, and no part of it passes through JavaScript. Throws QueryError, also for an error in the last row.
 */
export async function materialise(
  connection: DuckDBConnection,
  sql: string,
  { last, bindings }: { last: LastStatement; bindings: BindingSet },
): Promise<ResultTable> {
  const name = `result_${randomUUID()}`;
  const target = { name, table: `temp.main.${identifier(name)}` };
  const { text, start, parts } = last;
  const before = Buffer.byteLength(sql.slice(0, start));
  const run = (statement: string) =>
    locating(
      sql,
      () => runAll(connection, statement, bindings),
      Buffer.byteLength(statement) - Buffer.byteLength(text) - before,
    );
  const create = (columns: string) => `CREATE TEMP TABLE ${identifier(name)}${columns} AS ${text}`;
  // The names of a PIVOT are known when it has run: those of another run could be others.
  if (parts > 1) {
    await run(create(''));
    return describeTable(connection, target, { hasRows: true });
  }

  const statement = await locating(sql, () => connection.prepare(text), -before);
  // DESCRIBE, SHOW and SUMMARIZE are SELECT to DuckDB, but no table can be made of their text.
  const selects =
    statement.statementType === StatementType.SELECT && !Number.isNaN(await count(connection, create('')));
  if (!selects) return appendResult(connection, target, { statement, bindings });

  const names = await columnNames(connection, { statement, bindings, text });
  await run(create(`(${names.map((_, index) => columnOf(index)).join(', ')})`));
  return describeTable(connection, target, { hasRows: true, names });
}

const columnOf = (index: number): string => `"c${index}"`;

/** Runs the statement and copies its result, for statements whose text can't be part of another. */
async function appendResult(
  connection: DuckDBConnection,
  target: Target,
  { statement, bindings }: { statement: DuckDBPreparedStatement; bindings: BindingSet },
): Promise<ResultTable> {
  bindings.bind(statement, LAST);
  bindings.assertAllTaken();
  const result = await statement.run();
  const names = result.columnNames();
  const columns = names.map((_, index) => `${columnOf(index)} ${typeSql(result.columnType(index))}`);
  const hasRows = result.returnType === ResultReturnType.QUERY_RESULT;
  await connection.run(`CREATE TEMP TABLE ${identifier(target.name)} (${columns.join(', ')})`);
  const appender = await connection.createAppender(target.name, 'main', 'temp');
  for (let index = 0; index < result.chunkCount; index++) appender.appendDataChunk(result.getChunk(index));
  appender.closeSync();
  return describeTable(connection, target, { hasRows, names });
}

/** DuckDB names the columns of a statement with parameters only once these have values. */
async function columnNames(
  connection: DuckDBConnection,
  { statement, bindings, text }: { statement: DuckDBPreparedStatement; bindings: BindingSet; text: string },
): Promise<string[]> {
  if (statement.parameterCount === 0)
    return Array.from({ length: statement.columnCount }, (_, index) => statement.columnName(index));
  const described = await locating(null, async () => {
    const describe = await connection.prepare(`DESCRIBE ${text}`);
    bindings.bind(describe, LAST);
    return describe.runAndReadAll();
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

/** `names`: what the columns are called, where the table calls them otherwise. */
async function describeTable(
  connection: DuckDBConnection,
  { table }: Target,
  { hasRows, names }: { hasRows: boolean; names?: string[] },
): Promise<ResultTable> {
  const statement = await connection.prepare(`FROM ${table}`);
  const own = Array.from({ length: statement.columnCount }, (_, index) => statement.columnName(index));
  // An open transaction counts its rows from another number than 0.
  const [[rows, firstRow] = []] = (
    await connection.runAndReadAll(`SELECT count(*), coalesce(min(rowid), 0) FROM ${table}`)
  ).getRows();
  return {
    table,
    columns: own.map(identifier),
    names: apart(names ?? own),
    types: own.map((_, index) => statement.columnType(index)),
    rowCount: Number(rows),
    firstRow: BigInt(String(firstRow)),
    hasRows,
  };
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
