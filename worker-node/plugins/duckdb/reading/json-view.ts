import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { type DuckDBConnection, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { type InputFile, LINES_TOLD, type SkippedLines } from '../protocol.ts';
import { identifier, literal } from '../sql-text.ts';
import { decode } from '../values/stored-form.ts';
import { isJson, typeSql } from '../values/type-sql.ts';
import { isMadeOfJson } from './given-json.ts';
import { givenTypes } from './given-type.ts';
import { assertNames, assertSound } from './json-faults.ts';
import { lineOfRow, writeGoodLines } from './json-lines.ts';
import { JsonScan, type QuotedNumbers } from './json-scan.ts';
import { detect, doublePaths, type JsonColumns, type JsonSource, jsonTable } from './json-table.ts';
import { readColumns } from './text-columns.ts';
import { hasMark, isGzip, readText } from './text-file.ts';
import { typeOf } from './type-of.ts';

/** What DuckDB makes of text that looks like a day, a time or an id: read as the text that it is. */
const READ_FROM_TEXT = new Set([
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIME,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_TZ,
  DuckDBTypeId.UUID,
]);

/** SQL that gives the rows of a file of JSON or JSON lines, its types chosen over the whole of it. */
export async function jsonView(
  connection: DuckDBConnection,
  file: InputFile,
  copy: string,
): Promise<{ sql: string; skipped: SkippedLines | null }> {
  if (file.stored !== null) {
    const scan = await scanFile(file);
    return { sql: await storedColumns(connection, file, await sourceOf(file, scan)), skipped: null };
  }
  const good = file.options.bad_lines === 'skip' ? await writeGoodLines(file, `${copy}.good`) : { file, skipped: null };
  const scan = await scanFile(good.file);
  if (scan.onlyObjects && !scan.keys.hasColumns && file.options.types !== undefined)
    return { sql: await withoutKeys(connection, good.file, scan.objects), skipped: good.skipped };
  const { source, columns, numbers } = await exactTable(connection, good.file, { scan, copy });
  const lineOf = (row: number) => lineOfRow(file, row);
  const { sql, skipped } = await columnsOf(connection, { file: good.file, source, types: columns, numbers, lineOf });
  const count = skipped.count + (good.skipped?.count ?? 0);
  const lines = [...skipped.lines, ...(good.skipped?.lines ?? [])].sort((one, other) => one - other);
  return { sql, skipped: count === 0 ? null : { input: file.name, count, lines: lines.slice(0, LINES_TOLD) } };
}

/** The columns that the options name, for a file whose objects, if any, have no keys. */
async function withoutKeys(connection: DuckDBConnection, file: InputFile, rows: number): Promise<string> {
  const given = await givenTypes(connection, file, Object.keys(file.options.types ?? {}));
  const list = [...given].map(([name, type]) => `CAST(NULL AS ${typeSql(type)}) AS ${identifier(name)}`);
  return `SELECT ${list.join(', ')} FROM range(${rows})`;
}

async function scanFile(file: InputFile): Promise<JsonScan> {
  const scan = new JsonScan();
  for await (const chunk of readText(file)) scan.push(chunk);
  scan.end();
  assertSound(file, scan);
  return scan;
}

async function sourceOf(file: InputFile, { onlyObjects, keys, longest }: JsonScan): Promise<JsonSource> {
  const { path } = file;
  return { path, gzip: await isGzip(file), records: onlyObjects && keys.hasColumns, flat: keys.hasNulInside, longest };
}

/** The file, or a copy in which no number is changed by its type. `numbers`: columns of numbers that stand there as text. */
async function exactTable(
  connection: DuckDBConnection,
  file: InputFile,
  { scan, copy }: { scan: JsonScan; copy: string },
): Promise<{ source: JsonSource; columns: JsonColumns; numbers: Set<string> }> {
  let source = await sourceOf(file, scan);
  if (source.records) assertNames(file, scan.keys);
  const { encoding = 'utf-8' } = file.options;
  if (encoding !== 'utf-8' || (await hasMark(file))) source = await write(file, source, { copy, quoted: null });
  const long = scan.longIntegers + scan.longDecimals > 0;
  if (!long || !source.records) {
    if (long) source = await write(file, source, { copy: `${copy}.exact`, quoted: { integersAt: () => true } });
    const columns = await detect(connection, file, source);
    return { source, columns, numbers: new Set(long && scan.onlyNumbers ? columns.map(({ name }) => name) : []) };
  }
  const columns = await detect(connection, file, source);
  const doubles = doublePaths(columns);
  if (scan.longDecimals === 0 && doubles.size === 0) return { source, columns, numbers: new Set() };
  // Doubles would round the long numbers among them.
  const quoted = { integersAt: (path: readonly string[]) => doubles.has(JSON.stringify(path)) };
  source = await write(file, source, { copy: `${copy}.exact`, quoted });
  const numbers = columns.filter(({ type }) => type.typeId === DuckDBTypeId.DOUBLE).map(({ name }) => name);
  return { source, columns: await detect(connection, file, source), numbers: new Set(numbers) };
}

async function write(
  file: InputFile,
  source: JsonSource,
  { copy, quoted }: { copy: string; quoted: QuotedNumbers | null },
): Promise<JsonSource> {
  const scan = new JsonScan(quoted);
  const out = createWriteStream(copy, { flags: 'wx' });
  for await (const chunk of readText(file)) if (!out.write(Buffer.concat(scan.push(chunk)))) await once(out, 'drain');
  out.end(scan.end());
  await once(out, 'finish');
  // Two quotes around a long number are less than twice the number.
  return { ...source, path: copy, gzip: false, longest: quoted === null ? source.longest : 2 * source.longest };
}

async function columnsOf(
  connection: DuckDBConnection,
  {
    file,
    source,
    types,
    numbers,
    lineOf,
  }: {
    file: InputFile;
    source: JsonSource;
    types: JsonColumns;
    numbers: ReadonlySet<string>;
    lineOf(row: number): Promise<number>;
  },
): Promise<{ sql: string; skipped: { count: number; lines: number[] } }> {
  const { all_text: allText = false, null: nulls = [] } = file.options;
  const given = await givenTypes(
    connection,
    file,
    types.map(({ name }) => name),
  );
  const asText = (type: DuckDBType) => type.typeId === DuckDBTypeId.VARCHAR && !isJson(type);
  const plain = types.map(({ name, type }) => {
    const sql = typeSql(type, (leaf) => (READ_FROM_TEXT.has(leaf.typeId) ? 'VARCHAR' : undefined));
    return {
      name,
      text: sql === 'VARCHAR' || allText || numbers.has(name) || given.has(name) || asText(type),
      sql,
    };
  });
  const columns = plain.map(({ name, text, sql }) => `${literal(name)}: ${literal(text ? 'JSON' : sql)}`).join(', ');
  const base = jsonTable(source, columns);
  const list = nulls.map(literal).join(', ');
  if (plain.length === 0) return { sql: `SELECT * FROM ${base}`, skipped: { count: 0, lines: [] } };
  // The texts come first: c0, c1, … Columns that are no text keep the type that the file says.
  const ordered = [...plain.filter(({ text }) => text), ...plain.filter(({ text }) => !text)];
  const cells = ordered.map(({ name, text }, index) => {
    const type = given.get(name);
    const value = text ? (type !== undefined && isMadeOfJson(type) ? jsonOf(name) : textOf(name)) : identifier(name);
    const known =
      text && nulls.length > 0 && !numbers.has(name) ? `CASE WHEN ${value} NOT IN (${list}) THEN ${value} END` : value;
    return `${known} AS c${index}`;
  });
  const from = `(SELECT ${cells.join(', ')} FROM ${base})`;
  const texts = plain.filter(({ text }) => text).map(({ name }) => name);
  const read = await readColumns(connection, {
    file,
    names: texts,
    from,
    unit: file.format === 'jsonl' ? 'line' : 'record',
    lineOf,
    isNumber: (column) => numbers.has(texts[column] ?? ''),
    ofJson: true,
  });
  const out = plain.map((column) => {
    const index = ordered.indexOf(column);
    return `${read.values[index]?.(`c${index}`) ?? `c${index}`} AS ${identifier(column.name)}`;
  });
  return { sql: `SELECT ${out.join(', ')} FROM ${from}${read.where}`, skipped: read.skipped };
}

const textOf = (name: string) => `json_extract_string(${identifier(name)}, '$')`;
const jsonOf = (name: string) =>
  `CASE WHEN json_type(${identifier(name)}) <> 'NULL' THEN CAST(${identifier(name)} AS VARCHAR) END`;

/** The columns that this plugin wrote, with their types. */
async function storedColumns(connection: DuckDBConnection, file: InputFile, source: JsonSource): Promise<string> {
  const stored = file.stored ?? [];
  const columns = stored.map(({ name }) => `${literal(name)}: 'JSON'`).join(', ');
  const list = await Promise.all(
    stored.map(async ({ name, type, changed }) => {
      const value = decode('json', await typeOf(connection, type), identifier(name));
      if (!changed) return `${value} AS ${identifier(name)}`;
      const why = `column "${name}" of ${file.source} holds JSON that a json artifact keeps in another form (long numbers, NaN or a JSON null): store it as parquet, or cast the column to VARCHAR`;
      return `CASE WHEN ${identifier(name)} IS NOT NULL OR true THEN error(${literal(why)}) END AS ${identifier(name)}`;
    }),
  );
  return `SELECT ${list.join(', ')} FROM ${jsonTable({ ...source, records: true }, columns)}`;
}
