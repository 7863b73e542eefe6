import type { DuckDBConnection } from '@duckdb/node-api';
import { clip } from '../../../../shared/domain/clip.ts';
import type { InputFile } from '../protocol.ts';
import { takeApart } from '../query-error.ts';
import { identifier, literal } from '../sql-text.ts';
import { decode } from '../values/stored-form.ts';
import { badInput } from './text-file.ts';
import { typeOf } from './type-of.ts';

/** SQL that gives the rows of a Parquet file, with the types that it has. */
export async function parquetSql(connection: DuckDBConnection, file: InputFile): Promise<string> {
  const from = `read_parquet(${literal(file.path)}, hive_partitioning = false, union_by_name = false)`;
  const statement = await connection.prepare(`FROM ${from}`).catch((error: unknown) => {
    throw badInput(file, `the file is damaged, cut off or no Parquet file (${wordsOf(error)})`, error);
  });
  const names = Array.from({ length: statement.columnCount }, (_, index) => statement.columnName(index));
  if (file.stored !== null) {
    const list = await Promise.all(
      file.stored.map(
        async ({ name, type }) =>
          `${decode('parquet', await typeOf(connection, type), identifier(name))} AS ${identifier(name)}`,
      ),
    );
    return `SELECT ${list.join(', ')} FROM ${from}`;
  }
  await assertNames(connection, file, names);
  const casts = Object.entries(file.options.types ?? {});
  for (const [name, type] of casts) {
    if (!names.includes(name))
      throw badInput(file, `\`types\` in its options names the column "${name}", but the file has ${names.join(', ')}`);
    await assertCasts(connection, file, { from, name, type });
  }
  const replaced = casts.map(([name, type]) => `CAST(${identifier(name)} AS ${type}) AS ${identifier(name)}`);
  return `SELECT *${replaced.length > 0 ? ` REPLACE (${replaced.join(', ')})` : ''} FROM ${from}`;
}

/** Throws when DuckDB has another name for a column than the file, as it does for names that differ only in case. */
async function assertNames(connection: DuckDBConnection, file: InputFile, names: readonly string[]): Promise<void> {
  const found = await connection.runAndReadAll(`SELECT name FROM parquet_schema(${literal(file.path)})`);
  const written = new Set(found.getRows().map(([name]) => String(name)));
  const strange = names.find((name) => !written.has(name));
  if (strange !== undefined)
    throw badInput(
      file,
      `two of its columns are one name to SQL, which tells no upper from lower case ("${strange}" is no name of the file): name them apart`,
    );
}

/** Throws when the cast of a column would change a value. */
async function assertCasts(
  connection: DuckDBConnection,
  file: InputFile,
  { from, name, type }: { from: string; name: string; type: string },
): Promise<void> {
  await typeOf(connection, type).catch((error: unknown) => {
    throw badInput(file, `\`types\` in its options: "${type}" is no type of DuckDB`, error);
  });
  const column = identifier(name);
  const found = await connection.runAndReadAll(
    `SELECT CAST(${column} AS VARCHAR) FROM (SELECT ${column}, TRY_CAST(${column} AS ${type}) AS other FROM ${from}) WHERE ${column} IS NOT NULL AND (other IS NULL OR TRY_CAST(CAST(other AS VARCHAR) AS DOUBLE) IS DISTINCT FROM TRY_CAST(CAST(${column} AS VARCHAR) AS DOUBLE)) LIMIT 1`,
  );
  const [value] = found.getRows()[0] ?? [];
  if (value !== undefined)
    throw badInput(file, `column "${name}": ${clip(String(value), 100, '…')} does not fit into ${type}`);
}

const wordsOf = (error: unknown) => takeApart(String(error), null, 0).message;
