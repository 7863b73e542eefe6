import { z } from 'zod';

export const Sql = z
  .string()
  .min(1)
  .max(200_000)
  .describe(
    'One or more statements, separated by semicolons; the rows of the last one count. They read the views of `inputs`.',
  );

export const OutputFormat = z.enum(['parquet', 'csv', 'json']);

export const OutputFile = z.strictObject({
  name: z.string().min(1).max(500).describe('Name of the artifact, such as features.parquet.'),
  format: OutputFormat.default('parquet').describe('Default parquet. json is one array of objects.'),
});

export const Columns = z
  .array(z.object({ name: z.string(), type: z.string().describe("DuckDB's name of the type, such as DECIMAL(12,2).") }))
  .describe('In the order of the rows.');
