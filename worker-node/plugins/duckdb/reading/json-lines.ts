import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { isWellFormed } from '../../../../shared/domain/well-formed.ts';
import type { JsonValue } from '../../../../shared/schemas/json.ts';
import { type InputFile, LINES_TOLD, type SkippedLines } from '../protocol.ts';
import { parseJsonText } from '../values/json-text.ts';
import { JsonItems } from './json-items.ts';
import { JsonScan } from './json-scan.ts';
import { badInput, readText } from './text-file.ts';

const LF = 0x0a;

/** The file without the lines that are no JSON, or no object where others are objects. */
export async function writeGoodLines(
  file: InputFile,
  copy: string,
): Promise<{ file: InputFile; skipped: SkippedLines | null }> {
  const out = createWriteStream(copy, { flags: 'wx' });
  const skipped: SkippedLines = { input: file.name, count: 0, lines: [] };
  const isGood = await goodLines(file);
  for await (const { text, line } of linesOf(file)) {
    if (isGood({ text, line })) {
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

async function goodLines(file: InputFile): Promise<(line: Line) => boolean> {
  let objects = false;
  for await (const line of linesOf(file)) {
    objects = line.text.startsWith('{') && isJsonText(file, line);
    if (objects) break;
  }
  return (line) => (!objects || line.text.startsWith('{')) && isJsonText(file, line);
}

interface Line {
  text: string;
  /** From 1. */
  line: number;
}

/** The lines that hold something. */
export async function* linesOf(file: InputFile): AsyncGenerator<Line> {
  let rest: Buffer[] = [];
  let line = 0;
  for await (const chunk of readText(file)) {
    let start = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, start)) {
      line += 1;
      const text = Buffer.concat([...rest, chunk.subarray(start, at)])
        .toString()
        .trim();
      if (text !== '') yield { text, line };
      rest = [];
      start = at + 1;
    }
    rest.push(Buffer.from(chunk.subarray(start)));
  }
  const text = Buffer.concat(rest).toString().trim();
  if (text !== '') yield { text, line: line + 1 };
}

/** The records of a file: its lines, or the items of its array. */
export async function* recordsOf(file: InputFile): AsyncGenerator<Line> {
  if (file.format === 'jsonl') {
    yield* linesOf(file);
    return;
  }
  const items = new JsonItems();
  for await (const chunk of readText(file)) yield* items.push(chunk);
}

/** Throws for what is too deep or too long to tell. */
export function isJsonText(file: InputFile, { text, line }: Line): boolean {
  try {
    const value = jsonOf(text);
    return value !== undefined && (!/\\u/.test(text) || isWellFormed(textsOf(value)));
  } catch (error) {
    if (error instanceof RangeError)
      throw badInput(file, `line ${line}: a value is too long or nested too deeply to be read`, error);
    // What the caller asks for.
    return false;
  }
}

/** The line of a row, from 1; of a file that is no JSON lines, its number. */
export async function lineOfRow(file: InputFile, row: number): Promise<number> {
  if (file.format !== 'jsonl') return row;
  let rows = 0;
  const isGood = await goodLines(file);
  for await (const { text, line } of linesOf(file)) {
    if (!isGood({ text, line })) continue;
    rows += 1;
    if (rows === row) return line;
  }
  return row;
}

/** Undefined for an object that gives a key twice. Throws for what is no JSON, not even DuckDB's. */
function jsonOf(text: string): JsonValue | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    // DuckDB also takes NaN, infinities and commas at an end.
    return parseJsonText(text).value;
  }
  const scan = new JsonScan();
  scan.push(Buffer.from(text));
  return scan.keys.twice === undefined ? value : undefined;
}

/** All texts of a value. */
function textsOf(value: JsonValue): string {
  if (typeof value === 'string') return value;
  if (value === null || typeof value !== 'object') return '';
  return Object.entries(value)
    .map(([key, item]) => `${key} ${textsOf(item)}`)
    .join(' ');
}
