import type { DuckDBConnection } from '@duckdb/node-api';
import { clip } from '../../../../shared/domain/clip.ts';
import type { InputFile } from '../protocol.ts';
import { takeApart } from '../query-error.ts';
import { identifier, literal } from '../sql-text.ts';
import { decode } from '../values/stored-form.ts';
import { typeSql } from '../values/type-sql.ts';
import { givenType, givenTypes } from './given-type.ts';
import { assertPrecision } from './parquet-precision.ts';
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
  await assertPrecision(connection, file);
  const given = await givenTypes(connection, file, names);
  for (const [name, type] of given) {
    const written = typeSql(statement.columnType(names.indexOf(name)));
    await assertFits(connection, file, { from, name, written, type: typeSql(type) });
  }
  const replaced = [...given].map(
    ([name, type]) => `CAST(${identifier(name)} AS ${typeSql(type)}) AS ${identifier(name)}`,
  );
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
      `its columns ${twinsOf(strange, written).join(' and ')} are one name to SQL, which tells no upper from lower case: name them apart`,
    );
}

/** The names of the file that DuckDB has made `renamed` of, with a number at its end. */
function twinsOf(renamed: string, written: ReadonlySet<string>): string[] {
  const name = renamed.replace(/_\d+$/, '').toLowerCase();
  return [...written].filter((found) => found.toLowerCase() === name).map((found) => `"${found}"`);
}

/** Throws when another type would change a value of a column: text as in a text file, anything else when it does not come back. */
async function assertFits(
  connection: DuckDBConnection,
  file: InputFile,
  { from, name, written, type }: { from: string; name: string; written: string; type: string },
): Promise<void> {
  const column = identifier(name);
  const dropsZone = written.endsWith('WITH TIME ZONE') && !type.endsWith('WITH TIME ZONE') && type !== 'VARCHAR';
  if (dropsZone)
    throw badInput(
      file,
      `column "${name}" is ${written}, and ${type} would drop its zone: leave the column out of \`types\`, and convert it in the SQL`,
    );
  const fits =
    written === 'VARCHAR'
      ? givenType(type, { decimal: '.' }).fits(column)
      : `TRY_CAST(TRY_CAST(${column} AS ${type}) AS ${written}) = ${column}`;
  const found = await connection.runAndReadAll(
    `SELECT CAST(${column} AS VARCHAR) FROM ${from} WHERE ${column} IS NOT NULL AND NOT coalesce(${fits}, false) LIMIT 1`,
  );
  const [value] = found.getRows()[0] ?? [];
  if (value !== undefined)
    throw badInput(
      file,
      `column "${name}": ${clip(String(value), 100, '…')} does not fit into ${type}: name a type in \`types\` that holds it, or leave the column out of it`,
    );
}

const wordsOf = (error: unknown) => takeApart(String(error), null, 0).message;
