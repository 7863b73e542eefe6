import { z } from 'zod';
import { formatFault } from './time-format.ts';

export const InputFormat = z.enum(['csv', 'tsv', 'json', 'jsonl', 'parquet']);
export type InputFormat = z.infer<typeof InputFormat>;

/** DuckDB would cut a text at a NUL. */
const withoutNul = (text: string) => !text.includes('\0');
const NUL = 'must not hold a NUL character';

const Character = z.string().regex(/^[\t -~]$/, 'must be one ASCII character');

/** How a file is read, where its format leaves it open. */
export const InputOptions = z.strictObject({
  delimiter: Character.optional().describe('What separates cells. Default "," and in tsv a tab.'),
  quote: z
    .union([Character, z.literal('')])
    .optional()
    .describe('What cells may stand in; "" for none. Default a double quote.'),
  header: z
    .boolean()
    .optional()
    .describe('Whether the first line holds the names. Default true; without it column0, column1, …'),
  names: z
    .array(z.string().min(1).max(200).refine(withoutNul, NUL))
    .min(1)
    .max(10_000)
    .optional()
    .describe('Names of the columns, in place of those in the file.'),
  skip: z.int().min(0).max(1_000_000).optional().describe('Lines to leave out at the beginning. Default 0.'),
  comment: Character.optional().describe('Lines that begin with it are left out. Default none.'),
  encoding: z
    .enum(['utf-8', 'utf-16', 'latin-1', 'windows-1252'])
    .optional()
    .describe('How the text is encoded. Default utf-8.'),
  null: z
    .array(z.string().max(100).refine(withoutNul, NUL))
    .max(100)
    .optional()
    .describe('Unquoted cells (in json: text) that mean NULL. Default [""], in json none.'),
  decimal: z.enum(['.', ',']).optional().describe('What separates the decimals of a number. Default ".".'),
  types: z
    .record(z.string().min(1).refine(withoutNul, NUL), z.string().min(1).max(1_000).refine(withoutNul, NUL))
    .optional()
    .describe(
      "Types of columns in DuckDB's words, by name. Default: chosen over the whole file, so that every value stays what it is.",
    ),
  all_text: z.boolean().optional().describe('Reads each column as VARCHAR unless `types` names it. Default false.'),
  date_format: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe("Format of dates in DuckDB's words, such as %d.%m.%Y. Default ISO 8601."),
  timestamp_format: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('Format of timestamps, such as %d.%m.%Y %H:%M. Default ISO 8601.'),
  bad_lines: z
    .enum(['fail', 'skip'])
    .optional()
    .describe(
      'A line with too many or too few cells, or a value that its column cannot hold: fails the step, or is left out, counted and logged. Default fail.',
    ),
});
export type InputOptions = z.infer<typeof InputOptions>;

const JsonOptions = InputOptions.pick({
  encoding: true,
  null: true,
  types: true,
  all_text: true,
  date_format: true,
  timestamp_format: true,
});

/** The options that a format has. */
export const OPTIONS_OF = {
  csv: InputOptions,
  tsv: InputOptions,
  json: JsonOptions,
  jsonl: JsonOptions.extend({ bad_lines: InputOptions.shape.bad_lines }),
  parquet: InputOptions.pick({ types: true }),
};

/** The first option given that the format does not have, or that says nothing together with others, and why. */
export function optionFault(
  format: InputFormat,
  options: InputOptions,
): { option: keyof InputOptions; message: string } | undefined {
  const strange = Object.keys(options).find((name) => !Object.hasOwn(OPTIONS_OF[format].shape, name));
  if (strange !== undefined)
    return { option: strange as keyof InputOptions, message: `${format} has no option "${strange}"` };
  for (const [option, kind] of [
    ['date_format', 'date'],
    ['timestamp_format', 'timestamp'],
  ] as const) {
    const fault = options[option] === undefined ? undefined : formatFault(options[option], kind);
    if (fault !== undefined) return { option, message: `\`${option}\` ${fault}` };
  }
  return format === 'csv' || format === 'tsv' ? characterFault(format, options) : undefined;
}

/** One character cannot mean two things. */
function characterFault(
  format: 'csv' | 'tsv',
  options: InputOptions,
): { option: keyof InputOptions; message: string } | undefined {
  const { delimiter = format === 'tsv' ? '\t' : ',', quote = '"', comment, null: nulls = [] } = options;
  if (quote === delimiter)
    return {
      option: 'delimiter',
      message: '`delimiter` and `quote` are the same: `quote: ""` says that there is none',
    };
  if (comment !== undefined && (comment === delimiter || comment === quote))
    return { option: 'comment', message: '`comment` is also the `delimiter` or the `quote`: give another' };
  const strange = nulls.find((text) =>
    [delimiter, quote, '\n', '\r'].some((part) => part !== '' && text.includes(part)),
  );
  if (strange === undefined) return undefined;
  return {
    option: 'null',
    message: `\`null\` holds ${JSON.stringify(strange)}, which no unquoted cell can be: it has the delimiter, the quote or the end of a line in it`,
  };
}

/** The format that a file's name says; null when it says none. */
export function formatOf(source: string): InputFormat | null {
  const extension = /\.([a-z]+)(?:\.gz)?$/i.exec(source)?.[1]?.toLowerCase();
  switch (extension) {
    case 'csv':
    case 'tsv':
    case 'json':
    case 'jsonl':
    case 'parquet':
      return extension;
    case 'ndjson':
      return 'jsonl';
    default:
      return null;
  }
}
