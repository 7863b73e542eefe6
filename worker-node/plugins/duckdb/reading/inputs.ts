import { z } from 'zod';
import { type OperationContext, PluginError } from '../../define-plugin.ts';
import { PathText, resolveSource, SOURCE_DESCRIPTION } from '../../source-file.ts';
import type { InputFile, StoredColumn } from '../protocol.ts';
import { asOneName } from '../sql-text.ts';
import { formatOf, type InputFormat, InputOptions, OPTIONS_OF, optionFault } from './input-options.ts';

const Source = PathText.describe(`An ${SOURCE_DESCRIPTION}.`);

const OPTIONS = 'What the format leaves open. Default: nothing is guessed.';

/** A source whose format is given. One schema per format, so that an option of another one is refused before a step runs. */
const readAs = <Format extends InputFormat>(format: Format) =>
  z
    .strictObject({
      source: Source,
      format: z.literal(format).describe('How to read it, whatever its name ends in. Default: by extension.'),
      options: OPTIONS_OF[format].optional().describe(OPTIONS),
    })
    .superRefine(({ options = {} }, context) => addFault(context, format, options));

const addFault = (context: z.RefinementCtx, format: InputFormat, options: InputOptions) => {
  const fault = optionFault(format, options);
  if (fault !== undefined)
    context.addIssue({ code: 'custom', path: ['options', fault.option], message: fault.message });
};

const ByExtension = z
  .strictObject({ source: Source, format: z.never().optional(), options: InputOptions.optional().describe(OPTIONS) })
  .superRefine(({ source, options = {} }, context) => {
    const known = formatOf(source);
    if (known !== null) addFault(context, known, options);
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

/** Where `openInputs` puts what is easier to read than the file itself. */
const COPY = /\/\S*\/inputs-\w{6}\/([A-Za-z_]\w*)(?:\.good|\.exact)*/g;

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
    describePaths: (text) => {
      const sources = new Map(files.map(({ name, source }) => [name, source]));
      const named = files.reduce((done, { path, source }) => done.replaceAll(path, source), text);
      return named.replace(COPY, (path, name: string) => sources.get(name) ?? path);
    },
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
  const written = source.startsWith('artifact://') ? await writtenColumns(ctx, source) : null;
  const format = input.format ?? written?.format ?? formatOf(source);
  if (format === null) throw invalid(`"${source}" does not say its format by its extension: give {source, format}`);
  const fault = optionFault(format, options ?? {});
  if (fault !== undefined) throw invalid(`"${source}" is read as ${format}: ${fault.message}`);
  const stored = written?.format === format ? written.columns : null;
  const idle = stored === null ? undefined : Object.keys(options ?? {}).find((option) => option !== 'types');
  if (idle !== undefined)
    throw invalid(
      `"${source}" was written by duckdb as ${format}, and is read as it was written: of \`options\` it takes only \`types\`, not \`${idle}\``,
    );
  // A file of this plugin's is not compressed, whatever its name is.
  return {
    name,
    source,
    path,
    format,
    gzip: written === null && /\.gz$/i.test(source),
    options: options ?? {},
    stored,
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
