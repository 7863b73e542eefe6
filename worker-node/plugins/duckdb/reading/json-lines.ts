import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { type InputFile, LINES_TOLD, type SkippedLines } from '../protocol.ts';
import { parseJsonText } from '../values/json-text.ts';
import { readText } from './text-file.ts';

/** The file without the lines that are no JSON. */
export async function writeGoodLines(
  file: InputFile,
  copy: string,
): Promise<{ file: InputFile; skipped: SkippedLines | null }> {
  const out = createWriteStream(copy, { flags: 'wx' });
  const skipped: SkippedLines = { input: file.name, count: 0, lines: [] };
  for await (const { text, line } of linesOf(file)) {
    if (isJsonText(text)) {
      if (!out.write(`${text}\n`)) await once(out, 'drain');
    } else {
      skipped.count += 1;
      if (skipped.lines.length < LINES_TOLD) skipped.lines.push(line);
    }
  }
  out.end();
  await once(out, 'finish');
  const options = { ...file.options };
  delete options.encoding;
  return { file: { ...file, path: copy, gzip: false, options }, skipped: skipped.count === 0 ? null : skipped };
}

/** The lines that hold something, numbered from 1. */
export async function* linesOf(file: InputFile): AsyncGenerator<{ text: string; line: number }> {
  let rest = Buffer.alloc(0);
  let line = 0;
  for await (const chunk of readText(file)) {
    let data = Buffer.concat([rest, chunk]);
    for (let at = data.indexOf(0x0a); at >= 0; at = data.indexOf(0x0a)) {
      line += 1;
      const text = data.subarray(0, at).toString().trim();
      if (text !== '') yield { text, line };
      data = data.subarray(at + 1);
    }
    rest = data;
  }
  const text = rest.toString().trim();
  if (text !== '') yield { text, line: line + 1 };
}

export function isJsonText(text: string): boolean {
  try {
    parseJsonText(text);
    return true;
  } catch {
    // What the caller asks for.
    return false;
  }
}

/** The line of a row, from 1; of a file that is no JSON lines, its number. */
export async function lineOfRow(file: InputFile, row: number): Promise<number> {
  if (file.format !== 'jsonl') return row;
  let rows = 0;
  for await (const { text, line } of linesOf(file)) {
    if (!isJsonText(text)) continue;
    rows += 1;
    if (rows === row) return line;
  }
  return row;
}
