import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { InputFile, SkippedLines } from '../protocol.ts';
import { identifier, literal } from '../sql-text.ts';
import { decode } from '../values/stored-form.ts';
import { csvView } from './csv-view.ts';
import { jsonView } from './json-view.ts';
import { badInput } from './text-file.ts';
import { typeOf } from './type-of.ts';

/** Makes a view of each input. Copies that are easier to read lie in new folders whose paths begin with `folder`. Answers the lines that were left out. */
export async function openInputs(
  connection: DuckDBConnection,
  inputs: readonly InputFile[],
  folder: string,
): Promise<SkippedLines[]> {
  const skipped: SkippedLines[] = [];
  const copies = inputs.length > 0 ? await mkdtemp(folder) : folder;
  for (const input of inputs) {
    const view = await open(connection, input, join(copies, input.name));
    await connection.run(`CREATE VIEW ${identifier(input.name)} AS ${view.sql}`);
    if (view.skipped !== null) skipped.push(view.skipped);
  }
  return skipped;
}

async function open(
  connection: DuckDBConnection,
  input: InputFile,
  copy: string,
): Promise<{ sql: string; skipped: SkippedLines | null }> {
  switch (input.format) {
    case 'csv':
    case 'tsv':
      return csvView(connection, input, copy);
    case 'json':
    case 'jsonl':
      return jsonView(connection, input, copy);
    case 'parquet':
      return { sql: await parquetSql(connection, input), skipped: null };
  }
}

async function parquetSql(connection: DuckDBConnection, file: InputFile): Promise<string> {
  const from = `read_parquet(${literal(file.path)}, hive_partitioning = false, union_by_name = false)`;
  if (file.stored !== null) {
    const list = await Promise.all(
      file.stored.map(
        async ({ name, type }) =>
          `${decode('parquet', await typeOf(connection, type), identifier(name))} AS ${identifier(name)}`,
      ),
    );
    return `SELECT ${list.join(', ')} FROM ${from}`;
  }
  const casts = Object.entries(file.options.types ?? {});
  const statement = await connection.prepare(`FROM ${from}`);
  const names = Array.from({ length: statement.columnCount }, (_, index) => statement.columnName(index));
  for (const [name, type] of casts) {
    if (!names.includes(name))
      throw badInput(file, `\`types\` in its options names the column "${name}", but the file has ${names.join(', ')}`);
    await assertCasts(connection, file, { from, name, type });
  }
  const replaced = casts.map(([name, type]) => `CAST(${identifier(name)} AS ${type}) AS ${identifier(name)}`);
  return `SELECT *${replaced.length > 0 ? ` REPLACE (${replaced.join(', ')})` : ''} FROM ${from}`;
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
    throw badInput(file, `column "${name}": ${String(value).slice(0, 100)} does not fit into ${type}`);
}
