import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { type DuckDBConnection, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { clip } from '../../../../shared/domain/clip.ts';
import { type InputFile, LINES_TOLD, type SkippedLines } from '../protocol.ts';
import type { QueryError } from '../query-error.ts';
import { identifier, literal } from '../sql-text.ts';
import { decode } from '../values/stored-form.ts';
import { anyPart, isJson, isStruct, typeSql } from '../values/type-sql.ts';
import type { JsonKeys } from './json-keys.ts';
import { isJsonText, lineOfRow, linesOf, writeGoodLines } from './json-lines.ts';
import { JsonScan } from './json-scan.ts';
import { readColumns } from './text-columns.ts';
import { badInput, isGzip, readText } from './text-file.ts';
import { typeOf } from './type-of.ts';

/** What DuckDB makes of text that looks like a day, a time or an id: read as the text that it is. */
const READ_FROM_TEXT = new Set([
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIME,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_TZ,
  DuckDBTypeId.UUID,
]);

interface Source {
  path: string;
  gzip: boolean;
  records: boolean;
}

/** SQL that gives the rows of a file of JSON or JSON lines, its types chosen over the whole of it. */
export async function jsonView(
  connection: DuckDBConnection,
  file: InputFile,
  copy: string,
): Promise<{ sql: string; skipped: SkippedLines | null }> {
  if (file.stored !== null) {
    await scanFile(file);
    return { sql: await storedColumns(connection, file), skipped: null };
  }
  const good = file.options.bad_lines === 'skip' ? await writeGoodLines(file, `${copy}.good`) : { file, skipped: null };
  const scan = await scanFile(good.file);
  let source: Source = {
    path: good.file.path,
    gzip: await isGzip(good.file),
    records: scan.onlyObjects && scan.values > 0,
  };
  if (source.records) assertNames(good.file, scan.keys);
  const { encoding = 'utf-8' } = good.file.options;
  if (encoding !== 'utf-8' || scan.longDecimals > 0)
    source = await write(good.file, source, { copy, quoteIntegers: false });
  let types = await detect(connection, good.file, source);
  // A column of doubles would round long integers beside other numbers.
  if (scan.longIntegers > 0 && types.some(({ type }) => anyPart(type, (part) => part.typeId === DuckDBTypeId.DOUBLE))) {
    source = await write(good.file, source, { copy: `${copy}.exact`, quoteIntegers: true });
    types = await detect(connection, good.file, source);
  }
  const lineOf = (row: number) => lineOfRow(file, row);
  const { sql, skipped } = await columnsOf(connection, { file: good.file, source, types, lineOf });
  const count = skipped.count + (good.skipped?.count ?? 0);
  const lines = [...skipped.lines, ...(good.skipped?.lines ?? [])].sort((one, other) => one - other);
  return { sql, skipped: count === 0 ? null : { input: file.name, count, lines: lines.slice(0, LINES_TOLD) } };
}

async function scanFile(file: InputFile): Promise<JsonScan> {
  const scan = new JsonScan({ quoteIntegers: false });
  for await (const chunk of readText(file)) scan.push(chunk);
  scan.end();
  const { twice } = scan.keys;
  if (twice !== undefined)
    throw badInput(file, `line ${twice.line}: the key "${twice.key}" is given twice in one object: name them apart`);
  if (!scan.isWhole) throw badInput(file, `line ${scan.line}: the file is cut off inside of a JSON value`);
  if (scan.firstIsArray && scan.values > 1 && file.format === 'json')
    throw badInput(file, 'there is text after the array: a file of several values is read with `format: "jsonl"`');
  return scan;
}

/** Throws for names that would not be those of the columns. */
function assertNames(file: InputFile, { twins, hasEmpty }: JsonKeys): void {
  if (twins !== undefined)
    throw badInput(
      file,
      `the keys "${twins.join('" and "')}" differ only in case and are one name to SQL: name them apart`,
    );
  if (hasEmpty) throw badInput(file, 'the key "" of its records cannot be the name of a column: give it a name');
}

async function write(
  file: InputFile,
  source: Source,
  { copy, quoteIntegers }: { copy: string; quoteIntegers: boolean },
): Promise<Source> {
  const scan = new JsonScan({ quoteIntegers });
  const out = createWriteStream(copy, { flags: 'wx' });
  for await (const chunk of readText(file)) if (!out.write(Buffer.concat(scan.push(chunk)))) await once(out, 'drain');
  out.end(scan.end());
  await once(out, 'finish');
  return { ...source, path: copy, gzip: false };
}

function reader({ path, gzip, records }: Source, columns?: string): string {
  const options = [
    'sample_size = -1',
    'maximum_depth = -1',
    'convert_strings_to_integers = false',
    'map_inference_threshold = -1',
    'field_appearance_threshold = 0',
    'ignore_errors = false',
    'hive_partitioning = false',
    'union_by_name = false',
    `records = '${records}'`,
    `compression = ${gzip ? "'gzip'" : "'uncompressed'"}`,
    ...(columns === undefined ? [] : [`columns = {${columns}}`]),
  ];
  return `read_json(${literal(path)}, ${options.join(', ')})`;
}

type Described = { name: string; type: DuckDBType }[];

async function detect(connection: DuckDBConnection, file: InputFile, source: Source): Promise<Described> {
  try {
    const types = await describe(connection, reader(source));
    return types.some(({ type }) => holdsUnnamed(type)) ? await describe(connection, flat(source)) : types;
  } catch (error) {
    // Objects whose keys differ only in case are no STRUCT, and stay JSON.
    if (!/Duplicate name/.test(String(error))) throw await located(file, error);
    return describe(connection, flat(source));
  }
}

const flat = (source: Source) => reader(source).replace('maximum_depth = -1', 'maximum_depth = 1');

/** Fields without a name have no place in a STRUCT. */
const holdsUnnamed = (type: DuckDBType) => anyPart(type, (part) => isStruct(part) && part.entryNames.includes(''));

async function describe(connection: DuckDBConnection, from: string): Promise<Described> {
  const statement = await connection.prepare(`FROM ${from}`);
  return Array.from({ length: statement.columnCount }, (_, index) => ({
    name: statement.columnName(index),
    type: statement.columnType(index),
  }));
}

/** The first line that is no JSON, where each value stands on its line; else DuckDB's own words. */
async function located(file: InputFile, error: unknown): Promise<QueryError> {
  if (file.format === 'jsonl' || /"in line|in line /.test(String(error))) {
    for await (const { text, line } of linesOf(file)) {
      if (!isJsonText(text)) {
        const remedy =
          file.format === 'jsonl' ? ', or set `bad_lines: "skip"` in its options to leave such lines out' : '';
        return badInput(file, `line ${line} is no JSON: "${clip(text, 100, '…')}". Mend the line${remedy}`, error);
      }
    }
  }
  const message = error instanceof Error ? error.message : String(error);
  const [, inner] = /"exception_message":"((?:[^"\\]|\\.)*)"/.exec(message) ?? [];
  const words = (inner === undefined ? message : (JSON.parse(`"${inner}"`) as string)).replace(
    /\s*(?:Try increasing|LINE 1:).*$/s,
    '',
  );
  return badInput(file, `the file is no JSON that can be read: ${words}`, error);
}

async function columnsOf(
  connection: DuckDBConnection,
  {
    file,
    source,
    types,
    lineOf,
  }: { file: InputFile; source: Source; types: Described; lineOf(row: number): Promise<number> },
): Promise<{ sql: string; skipped: { count: number; lines: number[] } }> {
  const { types: given = {}, all_text: allText = false, null: nulls = [] } = file.options;
  const asText = (type: DuckDBType) => type.typeId === DuckDBTypeId.VARCHAR && !isJson(type);
  const plain = types.map(({ name, type }) => {
    const sql = typeSql(type, (leaf) => (READ_FROM_TEXT.has(leaf.typeId) ? 'VARCHAR' : undefined));
    return { name, text: sql === 'VARCHAR' || allText || Object.hasOwn(given, name) || asText(type), sql };
  });
  const columns = plain.map(({ name, text, sql }) => `${literal(name)}: ${literal(text ? 'JSON' : sql)}`).join(', ');
  const base = reader(source, columns);
  const list = nulls.map(literal).join(', ');
  if (plain.length === 0) return { sql: `SELECT * FROM ${base}`, skipped: { count: 0, lines: [] } };
  // The texts come first: c0, c1, … Columns that are no text keep the type that the file says.
  const ordered = [...plain.filter(({ text }) => text), ...plain.filter(({ text }) => !text)];
  const texts = ordered.map(({ name, text }, index) => {
    const value = text ? `json_extract_string(${identifier(name)}, '$')` : identifier(name);
    const known = text && nulls.length > 0 ? `CASE WHEN ${value} NOT IN (${list}) THEN ${value} END` : value;
    return `${known} AS c${index}`;
  });
  const from = `(SELECT ${texts.join(', ')} FROM ${base})`;
  const read = await readColumns(connection, {
    file,
    names: plain.filter(({ text }) => text).map(({ name }) => name),
    from,
    unit: file.format === 'jsonl' ? 'line' : 'record',
    lineOf,
    timesOnly: true,
  });
  const out = plain.map((column) => {
    const index = ordered.indexOf(column);
    return `${read.values[index]?.(`c${index}`) ?? `c${index}`} AS ${identifier(column.name)}`;
  });
  return { sql: `SELECT ${out.join(', ')} FROM ${from}${read.where}`, skipped: read.skipped };
}

/** The columns that this plugin wrote, with their types. */
async function storedColumns(connection: DuckDBConnection, file: InputFile): Promise<string> {
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
  return `SELECT ${list.join(', ')} FROM ${reader({ path: file.path, gzip: await isGzip(file), records: true }, columns)}`;
}
