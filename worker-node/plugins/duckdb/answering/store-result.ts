import { open } from 'node:fs/promises';
import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import type { JsonValue } from '../../../../shared/schemas/json.ts';
import type { OutputFormat, QueryAnswer, StoredColumn } from '../protocol.ts';
import { QueryError } from '../query-error.ts';
import { identifier, literal } from '../sql-text.ts';
import { columnToJson } from '../values/json-value.ts';
import { encode, isNested, unstorable } from '../values/stored-form.ts';
import { typeSql } from '../values/type-sql.ts';
import { assertAllRead } from './answer-rows.ts';
import type { ResultTable } from './result-table.ts';

interface Column {
  name: string;
  type: DuckDBType;
  /** What the table holds. */
  expr: string;
}

/** Writes a result into a file, and answers what a reader needs to get the same values again. */
export async function storeResult(
  connection: DuckDBConnection,
  { table, columns: inTable, names, types, rowCount, hasRows }: ResultTable,
  { file, format }: { file: string; format: OutputFormat },
): Promise<Omit<QueryAnswer, 'skipped'>> {
  if (!hasRows) throw unsupported('the last statement gives no rows to store: end the SQL with a SELECT');
  const columns = types.map((type, index) => ({ name: names[index] ?? '', type, expr: inTable[index] ?? '' }));
  assertStorable(columns);
  const stored = columns.map(({ name, type }): StoredColumn => ({ name, type: typeSql(type) }));
  if (format === 'json') {
    const changed = await writeJson(connection, table, { file, columns, rowCount });
    for (const [index, column] of stored.entries()) if (changed.has(index)) column.changed = true;
  } else {
    await copy(connection, table, { file, format, columns, rowCount });
  }
  return {
    columns: stored.map(({ name, type }) => ({ name, type })),
    rowCount,
    about: { duckdb: { format, columns: stored.map((column): JsonValue => ({ ...column })) } },
  };
}

function assertStorable(columns: readonly Column[]): void {
  const seen = new Map<string, string>();
  for (const { name, type } of columns) {
    const remedy = unstorable(type);
    if (remedy !== undefined)
      throw unsupported(`column "${name}" is ${typeSql(type)}, which no file gives back as it was: ${remedy}`);
    const twin = seen.get(name.toLowerCase());
    if (twin !== undefined)
      throw unsupported(
        `columns "${twin}" and "${name}" are one name to the reader of a file: name them apart with AS`,
      );
    if (name === '') throw unsupported('a column without a name cannot be stored: name it with AS');
    seen.set(name.toLowerCase(), name);
  }
}

async function copy(
  connection: DuckDBConnection,
  table: string,
  { file, format, columns, rowCount }: { file: string; format: 'parquet' | 'csv'; columns: Column[]; rowCount: number },
): Promise<void> {
  const list: string[] = [];
  for (const { name, type, expr } of columns) {
    const narrow = format === 'parquet' && (await fitsBigint(connection, table, { type, expr }));
    list.push(`${narrow ? `CAST(${expr} AS BIGINT)` : encode(format, type, expr)} AS ${identifier(name)}`);
  }
  const options = format === 'parquet' ? 'FORMAT parquet' : csvOptions(columns);
  const sql = `COPY (SELECT ${list.join(', ')} FROM ${table}) TO ${literal(file)} (${options})`;
  assertAllRead((await connection.run(sql)).rowsChanged, rowCount);
}

/** Whether the sums and counts of a HUGEINT column can be numbers in Parquet, which has no such type. */
async function fitsBigint(
  connection: DuckDBConnection,
  table: string,
  { type, expr }: Pick<Column, 'type' | 'expr'>,
): Promise<boolean> {
  if (!['HUGEINT', 'UHUGEINT'].includes(typeSql(type))) return false;
  const found = await connection.runAndReadAll(
    `SELECT count(*) FROM ${table} WHERE ${expr} IS NOT NULL AND TRY_CAST(${expr} AS BIGINT) IS NULL`,
  );
  return found.getRows()[0]?.[0] === 0n;
}

/** NULL is an empty cell, empty text is "". */
function csvOptions(columns: readonly Column[]): string {
  const plain = /^(BOOLEAN|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*|DATE|TIMESTAMP.*|TIME.*|UUID)$/;
  const quoted = columns.filter(({ type }) => isNested(type) || !plain.test(typeSql(type)));
  const force = quoted.length === 0 ? '' : `, FORCE_QUOTE (${quoted.map(({ name }) => identifier(name)).join(', ')})`;
  return `FORMAT csv, HEADER true, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR ''${force}`;
}

/** One array of objects, by the same rule as an answer. Answers the columns whose JSON was changed by it. */
async function writeJson(
  connection: DuckDBConnection,
  table: string,
  { file, columns, rowCount }: { file: string; columns: Column[]; rowCount: number },
): Promise<Set<number>> {
  const changed = new Set<number>();
  const keys = columns.map(({ name }) => JSON.stringify(name));
  const handle = await open(file, 'w');
  let written = 0;
  try {
    await handle.write('[');
    const result = await connection.stream(`FROM ${table}`);
    for await (const chunk of result) {
      const rows = chunk.getRows().map((values) => {
        const fields = columns.map(
          (column, index) =>
            `${keys[index]}:${jsonText(columnToJson(values[index], column, () => changed.add(index)))}`,
        );
        return `{${fields.join(',')}}`;
      });
      await handle.write(`${written === 0 ? '' : ','}\n${rows.join(',\n')}`);
      written += rows.length;
    }
    await handle.write('\n]\n');
  } finally {
    await handle.close();
  }
  assertAllRead(written, rowCount);
  return changed;
}

/** JSON has a negative zero, which JSON.stringify does not write. */
function jsonText(value: JsonValue): string {
  if (Object.is(value, -0)) return '-0.0';
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`)
    .join(',')}}`;
}

function unsupported(message: string): QueryError {
  return new QueryError({ type: 'Unsupported', code: 'UNSUPPORTED_TYPE', message });
}
