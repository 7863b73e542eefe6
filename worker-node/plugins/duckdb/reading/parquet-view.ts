import type { DuckDBConnection } from '@duckdb/node-api';
import type { InputFile } from '../protocol.ts';
import { takeApart } from '../query-error.ts';
import { asOneName, identifier, literal } from '../sql-text.ts';
import { decode } from '../values/stored-form.ts';
import { withGivenTypes } from './given-cast.ts';
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
  await assertNames(connection, file);
  await assertPrecision(connection, file);
  const columns = names.map((name, index) => ({ name, type: statement.columnType(index) }));
  return withGivenTypes(connection, file, { from, columns });
}

/** Throws for columns that are one name to SQL: DuckDB has made another name of one of them. */
async function assertNames(connection: DuckDBConnection, file: InputFile): Promise<void> {
  const found = await connection.runAndReadAll(`SELECT name, num_children FROM parquet_schema(${literal(file.path)})`);
  // Each part of the schema stands before the parts in it; the first is the whole.
  const [, ...parts] = found
    .getRows()
    .map(([name, children]) => ({ name: String(name), children: Number(children ?? 0) }));
  const seen = new Map<string, string>();
  let inside = 0;
  for (const { name, children } of parts) {
    const isColumn = inside === 0;
    inside += children - (isColumn ? 0 : 1);
    if (!isColumn) continue;
    const twin = seen.get(asOneName(name));
    if (twin !== undefined)
      throw badInput(
        file,
        `its columns "${twin}" and "${name}" are one name to SQL, which tells no upper from lower case: name them apart`,
      );
    seen.set(asOneName(name), name);
  }
}

const wordsOf = (error: unknown) => takeApart(String(error), null, 0).message;
