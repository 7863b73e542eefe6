import { z } from 'zod';
import { type OperationContext, PluginError } from '../define-plugin.ts';
import { PathText, resolveSource, SOURCE_DESCRIPTION } from '../source-file.ts';
import type { QueryRequest } from './protocol.ts';

const READERS = { csv: 'read_csv', parquet: 'read_parquet', json: 'read_json' } as const;
const InputFormat = z.enum(['csv', 'parquet', 'json']);

const Input = z.union([
  PathText,
  z.strictObject({
    source: PathText.describe(`An ${SOURCE_DESCRIPTION}.`),
    format: InputFormat.describe('How to read it, whatever its name ends in.'),
  }),
]);

export const Inputs = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'must be a plain SQL name'), Input)
  .describe(
    `What the SQL reads, by view name: an ${SOURCE_DESCRIPTION}. Format by extension (.csv, .tsv, .parquet, .json, .jsonl, .ndjson; text also .gz), or {source, format}. Default none.`,
  );
export type Inputs = z.infer<typeof Inputs>;

/** Resolves inputs to local files. `describePaths` names them in messages as the user did. */
export async function resolveInputs(
  ctx: Pick<OperationContext<unknown>, 'artifacts' | 'projectDir' | 'dataDir'>,
  inputs: Inputs,
): Promise<{ views: QueryRequest['views']; describePaths(text: string): string }> {
  const views: QueryRequest['views'] = [];
  const sources = new Map<string, string>();
  for (const [name, input] of Object.entries(inputs)) {
    const source = typeof input === 'string' ? input : input.source;
    const path = await resolveSource(ctx, source);
    const format = typeof input === 'string' ? formatOf(source) : input.format;
    if (/[*?[]/.test(path))
      throw invalid(`"${source}": DuckDB reads "*", "?" and "[" in a file name as a pattern; rename the file`);
    views.push({ name, reader: READERS[format], path });
    sources.set(path, source);
  }
  return {
    views,
    describePaths: (text) => [...sources].reduce((done, [path, source]) => done.replaceAll(path, source), text),
  };
}

function formatOf(source: string): z.infer<typeof InputFormat> {
  const extension = /\.([a-z]+)(?:\.gz)?$/i.exec(source)?.[1]?.toLowerCase();
  switch (extension) {
    case 'csv':
    case 'tsv':
      return 'csv';
    case 'parquet':
      return 'parquet';
    case 'json':
    case 'jsonl':
    case 'ndjson':
      return 'json';
    default:
      throw invalid(`"${source}" does not say its format by its extension: give {source, format}`);
  }
}

function invalid(message: string): PluginError {
  return new PluginError({ code: 'INVALID_INPUT', message, retryable: false });
}
