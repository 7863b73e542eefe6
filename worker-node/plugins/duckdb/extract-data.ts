import { z } from 'zod';
import { defineOperation, type Operation } from '../define-plugin.ts';
import { Bindings } from './answering/bindings.ts';
import { storeRows } from './execute.ts';
import type { RunQuery } from './query-process.ts';
import { Inputs } from './reading/inputs.ts';
import { Columns, OutputFormat, Sql } from './schemas.ts';

/** Extraction with the fields that every `extract_data` has: SQL in, one data file out. */
export function extractData(runQuery: RunQuery): Operation {
  return defineOperation({
    summary: 'Extracts the rows of a query into a Parquet, CSV or JSON artifact.',
    config: z.strictObject({
      sql: Sql,
      inputs: Inputs.optional(),
      bindings: Bindings.optional(),
      output_format: OutputFormat.default('parquet').describe(
        'Format of the file. Default parquet. json is one array of objects.',
      ),
      output_name: z
        .string()
        .min(1)
        .max(500)
        .optional()
        .describe('Name of the artifact. Default data.{output_format}.'),
    }),
    output: z.object({
      records_extracted: z.int().describe('Rows in the file.'),
      file_size_mb: z.number().describe('Size of the file, MiB.'),
      output_path: z.string().describe('URI of the file: artifact://{execution}/{step}/{name}.'),
      columns: Columns,
    }),
    slot: 'compute',
    async run(ctx) {
      const { sql, inputs, bindings, output_format: format, output_name: name = `data.${format}` } = ctx.config;
      const { columns, rowCount, artifact } = await storeRows(ctx, runQuery, { sql, inputs, bindings, name, format });
      return {
        records_extracted: rowCount,
        file_size_mb: artifact.size / 2 ** 20,
        output_path: artifact.uri,
        columns,
      };
    },
  });
}
