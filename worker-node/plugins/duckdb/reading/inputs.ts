import { z } from 'zod';
import { type OperationContext, PluginError } from '../../define-plugin.ts';
import { PathText, resolveSource, SOURCE_DESCRIPTION } from '../../source-file.ts';
import type { InputFile, StoredColumn } from '../protocol.ts';
import { asOneName } from '../sql-text.ts';
import { formatOf, type InputFormat, InputOptions, OPTIONS_OF, strangeOption } from './input-options.ts';

const Source = PathText.describe(`An ${SOURCE_DESCRIPTION}.`);

const OPTIONS = 'What the format leaves open. Default: nothing is guessed.';

/** A source whose format is given. One schema per format, so that an option of another one is refused before a step runs. */
const readAs = <Format extends InputFormat>(format: Format) =>
  z.strictObject({
    source: Source,
    format: z.literal(format).describe('How to read it, whatever its name ends in. Default: by extension.'),
    options: OPTIONS_OF[format].optional().describe(OPTIONS),
  });

const ByExtension = z
  .strictObject({ source: Source, format: z.never().optional(), options: InputOptions.optional().describe(OPTIONS) })
  .superRefine(({ source, options = {} }, context) => {
    const known = formatOf(source);
    const strange = known === null ? undefined : strangeOption(known, options);
    if (strange !== undefined)
      context.addIssue({ code: 'custom', path: ['options', strange], message: `${known} has no option "${strange}"` });
  });

const Input = z.union([
  Source,
  readAs('csv'),
  readAs('tsv'),
  readAs('json'),
  readAs('jsonl'),
  readAs('parquet'),
  ByExtension,
]);

export const Inputs = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'must be a plain SQL name'), Input)
  .describe(
    `What the SQL reads, by view name: an ${SOURCE_DESCRIPTION}. Format by extension in any case (.csv, .tsv, .parquet, .json, .jsonl, .ndjson; text also .gz), or {source, format, options}. Default none.`,
  );
export type Inputs = z.infer<typeof Inputs>;

const About = z.object({
  duckdb: z.object({
    format: z.enum(['parquet', 'csv', 'json']),
    columns: z.array(z.object({ name: z.string(), type: z.string(), changed: z.literal(true).optional() })),
  }),
});

/** Resolves inputs to local files. `describePaths` names them in messages as the user did. */
export async function resolveInputs(
  ctx: Pick<OperationContext<unknown>, 'artifacts' | 'projectDir' | 'dataDir'>,
  inputs: Inputs,
): Promise<{ files: InputFile[]; describePaths(text: string): string }> {
  assertNamesApart(Object.keys(inputs));
  const files: InputFile[] = [];
  for (const [name, input] of Object.entries(inputs)) {
    const { source, format, options } = typeof input === 'string' ? { source: input } : input;
    files.push(await resolveInput(ctx, { name, source, format, options }));
  }
  return {
    files,
    describePaths: (text) => files.reduce((done, { path, source }) => done.replaceAll(path, source), text),
  };
}

async function resolveInput(
  ctx: Pick<OperationContext<unknown>, 'artifacts' | 'projectDir' | 'dataDir'>,
  input: { name: string; source: string; format?: InputFormat | undefined; options?: InputOptions | undefined },
): Promise<InputFile> {
  const { name, source, options } = input;
  const path = await resolveSource(ctx, source);
  if (/[*?[]/.test(path))
    throw invalid(`"${source}": DuckDB reads "*", "?" and "[" in a file name as a pattern; rename the file`);
  const written = options === undefined && source.startsWith('artifact://') ? await writtenColumns(ctx, source) : null;
  const format = input.format ?? formatOf(source) ?? written?.format;
  if (format === undefined)
    throw invalid(`"${source}" does not say its format by its extension: give {source, format}`);
  const strange = strangeOption(format, options ?? {});
  if (strange !== undefined) throw invalid(`"${source}" is read as ${format}, which has no option "${strange}"`);
  return {
    name,
    source,
    path,
    format,
    gzip: /\.gz$/i.test(source),
    options: options ?? {},
    stored: written !== null && (input.format ?? written.format) === written.format ? written.columns : null,
  };
}

/** The columns of an artifact that this plugin wrote, whatever its name ends in. */
async function writtenColumns(
  ctx: Pick<OperationContext<unknown>, 'artifacts'>,
  uri: string,
): Promise<{ format: InputFormat; columns: StoredColumn[] } | null> {
  const about = About.safeParse(await ctx.artifacts.about(uri));
  if (!about.success) return null;
  const { format, columns } = about.data.duckdb;
  return { format, columns: columns.map(({ name, type, changed }) => ({ name, type, ...(changed && { changed }) })) };
}

function assertNamesApart(names: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const twin = seen.get(asOneName(name));
    if (twin !== undefined) throw invalid(`inputs "${twin}" and "${name}" are one name to SQL: name them apart`);
    seen.set(asOneName(name), name);
  }
}

function invalid(message: string): PluginError {
  return new PluginError({ code: 'INVALID_INPUT', message, retryable: false });
}
