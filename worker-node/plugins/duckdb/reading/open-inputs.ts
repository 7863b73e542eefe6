import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { InputFile, SkippedLines } from '../protocol.ts';
import { identifier } from '../sql-text.ts';
import { csvView } from './csv-view.ts';
import { jsonView } from './json-view.ts';
import { parquetSql } from './parquet-view.ts';
import { badInput } from './text-file.ts';

/** Makes a view of each input. Copies that are easier to read lie in new folders whose paths begin with `folder`. Answers the lines that were left out. */
export async function openInputs(
  connection: DuckDBConnection,
  inputs: readonly InputFile[],
  folder: string,
): Promise<SkippedLines[]> {
  const skipped: SkippedLines[] = [];
  const copies = inputs.length > 0 ? await mkdtemp(folder) : folder;
  for (const input of inputs) {
    const view = await open(connection, input, join(copies, input.name)).catch((error: unknown) => {
      // Zeros after the data are no fault to every reader.
      if (!/not a GZIP stream/.test(String(error))) throw error;
      throw badInput(input, 'the file is damaged: something that is no gzip data stands after its gzip data', error);
    });
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
