import { z } from 'zod';
import { JsonObject } from '../../../shared/schemas/json.ts';
import { defineOperation, type Operation } from '../define-plugin.ts';
import { Bindings } from './answering/bindings.ts';
import { execute, storeRows } from './execute.ts';
import type { RunQuery } from './query-process.ts';
import { Inputs } from './reading/inputs.ts';
import { Columns, OutputFile, Sql } from './schemas.ts';

const DEFAULT_ROWS = 1_000;
const MAX_ROWS = 100_000;

/** SQL over files; the rows of the last statement are the output, or go to an artifact. */
export function query(runQuery: RunQuery): Operation {
  return defineOperation({
    summary:
      'Runs SQL over CSV, Parquet and JSON files and answers the rows of the last statement, or stores them as an artifact.',
    config: z.strictObject({
      sql: Sql,
      inputs: Inputs.optional(),
      bindings: Bindings.optional(),
      max_rows: z
        .int()
        .min(0)
        .max(MAX_ROWS)
        .optional()
        .describe(
          `Rows to answer, at most ${MAX_ROWS}; \`truncated\` says that there were more. Default ${DEFAULT_ROWS}. Without effect with \`output\`.`,
        ),
      output: OutputFile.optional().describe('Stores the rows as an artifact instead of answering them.'),
    }),
    output: z.object({
      columns: Columns,
      row_count: z.int().describe('Rows of the last statement.'),
      rows: z.array(JsonObject).optional().describe('Absent with `output`.'),
      truncated: z.boolean().optional().describe('True when `rows` holds fewer than row_count. Absent with `output`.'),
      artifact: z.string().optional().describe('URI of the stored file, with `output`.'),
      size_bytes: z.int().optional().describe('Size of the stored file, with `output`.'),
    }),
    slot: 'compute',
    async run(ctx): Promise<JsonObject> {
      const { sql, inputs, bindings, max_rows: maxRows = DEFAULT_ROWS, output } = ctx.config;
      if (output) {
        const { columns, rowCount, artifact } = await storeRows(ctx, runQuery, { sql, inputs, bindings, ...output });
        return { columns, row_count: rowCount, artifact: artifact.uri, size_bytes: artifact.size };
      }
      const {
        columns,
        rowCount,
        rows = [],
      } = await execute(ctx, runQuery, { sql, inputs, bindings, target: { maxRows } });
      return { columns, row_count: rowCount, rows, truncated: rows.length < rowCount };
    },
  });
}
