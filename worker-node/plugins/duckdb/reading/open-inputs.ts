import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { InputFile, SkippedLines } from '../protocol.ts';
import { identifier } from '../sql-text.ts';
import { csvView } from './csv-view.ts';
import { withGivenTypes } from './given-cast.ts';
import { jsonView } from './json-view.ts';
import { parquetSql } from './parquet-view.ts';
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
    const sql = await withStoredTypes(connection, input, view.sql);
    await connection.run(`CREATE VIEW ${identifier(input.name)} AS ${sql}`);
    if (view.skipped !== null) skipped.push(view.skipped);
  }
  return skipped;
}

/** A file that this plugin wrote has types, in whose place options may give others. */
async function withStoredTypes(connection: DuckDBConnection, file: InputFile, sql: string): Promise<string> {
  if (file.stored === null || file.options.types === undefined) return sql;
  const columns = await Promise.all(
    file.stored.map(async ({ name, type }) => ({ name, type: await typeOf(connection, type) })),
  );
  return withGivenTypes(connection, file, { from: `(${sql})`, columns });
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
