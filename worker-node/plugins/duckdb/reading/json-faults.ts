import { clip } from '../../../../shared/domain/clip.ts';
import type { InputFile } from '../protocol.ts';
import { type QueryError, takeApart } from '../query-error.ts';
import type { JsonKeys } from './json-keys.ts';
import { isJsonText, recordsOf } from './json-lines.ts';
import type { JsonScan } from './json-scan.ts';
import { badInput } from './text-file.ts';

const SKIP = ', or set `bad_lines: "skip"` in its options to leave such lines out';

/** Throws for what a scan found that would be lost or changed. */
export function assertSound(file: InputFile, scan: JsonScan): void {
  const { twice } = scan.keys;
  const skip = file.format === 'jsonl' ? SKIP : '';
  if (twice !== undefined)
    throw badInput(file, `line ${twice.line}: the key "${twice.key}" is given twice in one object: name them apart`);
  if (scan.closedTwice !== undefined)
    throw badInput(file, `line ${scan.closedTwice}: a bracket is closed that was not opened. Mend the line${skip}`);
  if (!scan.isWhole) throw badInput(file, `line ${scan.line}: the file is cut off inside of a JSON value`);
  if (scan.firstIsArray && scan.values > 1 && file.format === 'json')
    throw badInput(file, 'there is text after the array: a file of several values is read with `format: "jsonl"`');
  if (scan.objects > 0 && scan.noObject !== undefined)
    throw badInput(
      file,
      `line ${scan.noObject}: a record is no object, though others are, whose keys are the columns. Mend the line${skip}`,
    );
}

/** Throws for names that would not be those of the columns. */
export function assertNames(file: InputFile, { twins, hasEmpty, withNul }: JsonKeys): void {
  if (twins !== undefined)
    throw badInput(
      file,
      `the keys "${twins.join('" and "')}" differ only in case and are one name to SQL: name them apart`,
    );
  if (hasEmpty) throw badInput(file, 'the key "" of its records cannot be the name of a column: give it a name');
  if (withNul !== undefined)
    throw badInput(
      file,
      `line ${withNul.line}: the key ${JSON.stringify(withNul.key)} holds a NUL character and cannot be the name of a column: name it without`,
    );
}

/** The first record that is no JSON, and its line; else DuckDB's own words. */
export async function notJson(file: InputFile, cause: unknown): Promise<QueryError> {
  for await (const { text, line } of recordsOf(file)) {
    if (isJsonText(file, { text, line })) continue;
    const shown = clip(text, 100, '…');
    return badInput(
      file,
      `line ${line} is no JSON: "${shown}". Mend the line${file.format === 'jsonl' ? SKIP : ''}`,
      cause,
    );
  }
  const { message } = takeApart(String(cause), null, 0);
  const words = message.replace(/\s*(?:Try increasing|LINE 1:).*$/s, '');
  return badInput(file, `the file is no JSON that can be read: ${words}`, cause);
}
