import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type InputFile, LINES_TOLD, type SkippedLines } from '../protocol.ts';
import { takeApart } from '../query-error.ts';
import { asOneName, identifier, literal } from '../sql-text.ts';
import { decode } from '../values/stored-form.ts';
import { type CsvDialect, type CsvRecord, CsvRecords, cellsOf, emptyText, withoutSpacedQuotes } from './csv-records.ts';
import { readColumns } from './text-columns.ts';
import { badInput, isGzip, readText } from './text-file.ts';
import { typeOf } from './type-of.ts';

/** DuckDB's own limit of a line. */
const LINE_BYTES = 2_000_000;

interface Scan {
  names: string[];
  /** Lines that are left out, the first of them. */
  bad: { count: number; lines: number[] };
  longest: number;
  /** Good records below the names. */
  rows: number;
  /** DuckDB would read other records than these: those of a copy are read in their place. */
  unlikeDuckDB: boolean;
}

/** SQL that gives the rows of a CSV file. Nothing of the file is guessed but types, and those over the whole of it. */
export async function csvView(
  connection: DuckDBConnection,
  file: InputFile,
  copy: string,
): Promise<{ sql: string; skipped: SkippedLines | null }> {
  const dialect = dialectOf(file);
  const scan = await scanFile(file, dialect);
  const { encoding = 'utf-8', skip = 0, comment, header = true } = file.options;
  const rewrite = encoding !== 'utf-8' || skip > 0 || comment !== undefined || scan.bad.count > 0 || scan.unlikeDuckDB;
  if (rewrite) await writeClean(file, dialect, { path: copy, names: scan.names });
  const source = rewrite ? { path: copy, gzip: false } : { path: file.path, gzip: await isGzip(file) };
  const columns = scan.names.map((_, index) => `c${index}`);
  const from = reader(source, { file, header, columns, longest: scan.longest });
  await assertAllRead(connection, file, { from, rows: scan.rows });
  if (file.stored !== null)
    return { sql: await storedColumns(connection, file, { from, names: scan.names }), skipped: null };

  const lineOf = (row: number) => lineOfRow(file, dialect, { row, header, names: scan.names });
  const read = await readColumns(connection, { file, names: scan.names, from, unit: 'line', lineOf });
  const { count, lines } = scan.bad;
  const total = count + read.skipped.count;
  const told = [...lines, ...read.skipped.lines].sort((one, other) => one - other).slice(0, LINES_TOLD);
  return { sql: read.sql, skipped: total === 0 ? null : { input: file.name, count: total, lines: told } };
}

function dialectOf({ format, options }: InputFile): CsvDialect {
  const { delimiter = format === 'tsv' ? '\t' : ',', quote = '"', comment, skip = 0 } = options;
  const code = (text: string | undefined) => (text === undefined || text === '' ? 0 : text.charCodeAt(0));
  return { delimiter: code(delimiter), quote: code(quote), comment: code(comment), skip };
}

/** Reads the file to its end: its names, and whether each line has as many cells. */
async function scanFile(file: InputFile, dialect: CsvDialect): Promise<Scan> {
  const { header = true, bad_lines: badLines = 'fail', names: given } = file.options;
  const bad: Scan['bad'] = { count: 0, lines: [] };
  const records = new CsvRecords(dialect);
  let names: string[] | undefined;
  let longest = 0;
  let rows = 0;
  let unlikeDuckDB = false;
  for await (const record of allRecords(file, records)) {
    longest = Math.max(longest, record.bytes.length);
    if (record.spacedQuote) unlikeDuckDB = true;
    if (names === undefined) {
      if (record.bytes.length === 0) {
        unlikeDuckDB = true;
        continue;
      }
      names = namesOf(file, { record, header, given, dialect });
      if (header) continue;
    }
    const problem = problemOf(record, names);
    if (problem === undefined) {
      if (isNoRow(record, names.length)) continue;
      if (isEmptyText(file, record)) unlikeDuckDB = true;
      rows += 1;
      continue;
    }
    if (badLines === 'skip' && record.problem !== undefined && runsOver(record))
      throw badInput(
        file,
        `line ${record.line}${problem.text}. It runs over several lines, so that lines that are good could be left out with it: mend the quotes`,
      );
    if (badLines === 'fail')
      throw badInput(
        file,
        `line ${record.line}${problem.text}. Mend the line,${problem.remedy} or set \`bad_lines: "skip"\` in its options to leave such lines out`,
      );
    bad.count += 1;
    if (bad.lines.length < LINES_TOLD) bad.lines.push(record.line);
  }
  if (names === undefined) throw badInput(file, 'the file is empty: it has not even a line of names');
  return { names, bad, longest, rows, unlikeDuckDB: unlikeDuckDB || records.lineEnds.size > 1 };
}

async function* allRecords(file: InputFile, records: CsvRecords): AsyncGenerator<CsvRecord> {
  for await (const chunk of readText(file)) yield* records.push(chunk);
  yield* records.end();
}

/** Whether a record holds the end of a line that is not its own. */
function runsOver({ bytes }: CsvRecord): boolean {
  return bytes.subarray(0, -1).includes(0x0a);
}

/** What is wrong with a record, and what may help besides mending it. */
function problemOf(
  { problem, cells, bytes, spacedQuote }: CsvRecord,
  names: readonly string[],
): { text: string; remedy: string } | undefined {
  const width = names.length;
  if (problem !== undefined) {
    const name = names[problem.cell - 1];
    const where = `, column ${name === undefined ? problem.cell : `"${name}"`}`;
    return { text: `${where}: ${problem.what}`, remedy: ' set `quote: ""` where quotes are characters like others,' };
  }
  if (cells === width || (cells === 1 && bytes.length === 0)) return undefined;
  const what = cells > width ? `column ${width + 1} has no name` : `column ${cells + 1} is missing`;
  const quotes = spacedQuote ? '; a quote counts only where no space stands before it' : '';
  return { text: ` has ${cells} cells, but there are ${width} columns (${what}${quotes})`, remedy: '' };
}

/** A line without anything in it is no record, unless there is but one column. */
function isNoRow({ bytes }: CsvRecord, width: number): boolean {
  return bytes.length === 0 && width > 1;
}

/** A line without anything in it is a row of empty text where that does not mean NULL. DuckDB passes over it. */
function isEmptyText({ options: { null: nulls = [''] } }: InputFile, { bytes }: CsvRecord): boolean {
  return bytes.length === 0 && !nulls.includes('');
}

/** Throws when DuckDB takes other parts of the file for rows. */
async function assertAllRead(
  connection: DuckDBConnection,
  file: InputFile,
  { from, rows }: { from: string; rows: number },
): Promise<void> {
  const found = await connection.runAndReadAll(`SELECT count(*) FROM ${from}`).catch((error: unknown) => {
    const { type, message } = takeApart(String(error), null, 0);
    if (type !== 'Invalid Input') throw error;
    throw badInput(file, `DuckDB cannot read it: ${message.split('\n', 1)[0]}`, error);
  });
  const count = Number(found.getRows()[0]?.[0]);
  if (count !== rows)
    throw badInput(
      file,
      `it holds ${rows} rows, but DuckDB reads ${count}: put cells that hold quotes, spaces at their ends or line ends into quotes`,
    );
}

function namesOf(
  file: InputFile,
  {
    record,
    header,
    given,
    dialect,
  }: { record: CsvRecord; header: boolean; given: string[] | undefined; dialect: CsvDialect },
): string[] {
  if (record.problem !== undefined && header)
    throw badInput(
      file,
      `line ${record.line}, column ${record.problem.cell}: ${record.problem.what}. Mend the line, or set \`quote: ""\` in its options where quotes are characters like others`,
    );
  const cells = header ? cellsOf(record.bytes, dialect) : Array.from({ length: record.cells }, () => '');
  if (given !== undefined && given.length !== cells.length)
    throw badInput(
      file,
      `\`names\` in its options has ${given.length} names, but line ${record.line} has ${cells.length} cells`,
    );
  const names = given ?? cells.map((name, index) => (name === '' ? `column${index}` : name));
  const seen = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    if (name.includes('\0'))
      throw badInput(
        file,
        `line ${record.line}, column ${index + 1}: its name holds a NUL character: give \`names\` in its options`,
      );
    const twin = seen.get(asOneName(name));
    if (twin !== undefined)
      throw badInput(
        file,
        `columns ${twin + 1} and ${index + 1} are both called "${name}": give \`names\` in its options`,
      );
    seen.set(asOneName(name), index);
  }
  return names;
}

/** The good records alone, with one kind of line end. */
async function writeClean(
  file: InputFile,
  dialect: CsvDialect,
  { path, names }: { path: string; names: readonly string[] },
): Promise<void> {
  const out = createWriteStream(path, { flags: 'wx' });
  const { header = true } = file.options;
  let first = true;
  for await (const record of allRecords(file, new CsvRecords(dialect))) {
    if (first && record.bytes.length === 0) continue;
    const isHeader = first && header;
    first = false;
    if (!isHeader && problemOf(record, names) !== undefined) continue;
    const bytes = record.spacedQuote ? withoutSpacedQuotes(record.bytes, dialect) : record.bytes;
    const text = !isHeader && isEmptyText(file, record) && names.length === 1 ? emptyText(dialect) : bytes;
    if (!out.write(Buffer.concat([text, Buffer.from('\n')]))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

function reader(
  { path, gzip }: { path: string; gzip: boolean },
  { file, header, columns, longest }: { file: InputFile; header: boolean; columns: string[]; longest: number },
): string {
  const { delimiter = file.format === 'tsv' ? '\t' : ',', quote = '"', null: nulls = [''] } = file.options;
  const long = longest > LINE_BYTES ? [`max_line_size = ${longest + 2}`, `buffer_size = ${2 * longest + 4}`] : [];
  const options = [
    'auto_detect = false',
    `delim = ${literal(delimiter)}`,
    `quote = ${literal(quote)}`,
    `escape = ${literal(quote)}`,
    "comment = ''",
    `header = ${header}`,
    'skip = 0',
    // No unquoted cell is the end of a line: without a text that means NULL there is none.
    `nullstr = [${(nulls.length === 0 ? ['\n'] : nulls).map(literal).join(', ')}]`,
    'allow_quoted_nulls = false',
    'strict_mode = true',
    'null_padding = false',
    'ignore_errors = false',
    'hive_partitioning = false',
    `compression = ${gzip ? "'gzip'" : "'none'"}`,
    ...long,
    `columns = {${columns.map((column) => `${literal(column)}: 'VARCHAR'`).join(', ')}}`,
  ];
  return `read_csv(${literal(path)}, ${options.join(', ')})`;
}

/** The columns that this plugin wrote, with their types. */
async function storedColumns(
  connection: DuckDBConnection,
  file: InputFile,
  { from, names }: { from: string; names: string[] },
): Promise<string> {
  const stored = file.stored ?? [];
  if (stored.map(({ name }) => name).join('\n') !== names.join('\n'))
    throw badInput(file, 'its names are not those that were written: the file is damaged');
  const list = await Promise.all(
    stored.map(
      async ({ name, type }, index) =>
        `${decode('csv', await typeOf(connection, type), `c${index}`)} AS ${identifier(name)}`,
    ),
  );
  return `SELECT ${list.join(', ')} FROM ${from}`;
}

/** The line on which the row with this number, from 1, begins. */
async function lineOfRow(
  file: InputFile,
  dialect: CsvDialect,
  { row, header, names }: { row: number; header: boolean; names: readonly string[] },
): Promise<number> {
  let rows = header ? -1 : 0;
  let first = true;
  for await (const record of allRecords(file, new CsvRecords(dialect))) {
    if (first && record.bytes.length === 0) continue;
    first = false;
    if (isNoRow(record, names.length)) continue;
    if (rows >= 0 && problemOf(record, names) !== undefined) continue;
    rows += 1;
    if (rows === row) return record.line;
  }
  return row;
}
