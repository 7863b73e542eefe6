import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import { clip } from '../../../../shared/domain/clip.ts';
import type { InputFile } from '../protocol.ts';
import { identifier } from '../sql-text.ts';
import { typeSql } from '../values/type-sql.ts';
import { givenType, givenTypes } from './given-type.ts';
import { badInput } from './text-file.ts';

/**
 * SQL of a relation whose columns have types already, with those that the options of the input give in their place. Throws
 * QueryError where a value would be another one.
 */
export async function withGivenTypes(
  connection: DuckDBConnection,
  file: InputFile,
  { from, columns }: { from: string; columns: readonly { name: string; type: DuckDBType }[] },
): Promise<string> {
  const given = await givenTypes(
    connection,
    file,
    columns.map(({ name }) => name),
  );
  const replaced: string[] = [];
  for (const { name, type: written } of columns) {
    const known = given.get(name);
    if (known === undefined) continue;
    const type = typeSql(known);
    await assertFits(connection, file, { from, name, written: typeSql(written), type });
    replaced.push(`CAST(${identifier(name)} AS ${type}) AS ${identifier(name)}`);
  }
  return `SELECT *${replaced.length > 0 ? ` REPLACE (${replaced.join(', ')})` : ''} FROM ${from}`;
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
