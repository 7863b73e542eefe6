import type { DuckDBConnection } from '@duckdb/node-api';
import { clip } from '../../../../shared/domain/clip.ts';
import { type InputFile, LINES_TOLD } from '../protocol.ts';
import { identifier } from '../sql-text.ts';
import { typeSql } from '../values/type-sql.ts';
import { type ChosenType, chooseTypes, type Misfit } from './column-types.ts';
import { givenFromJson, isMadeOfJson } from './given-json.ts';
import { givenType, givenTypes } from './given-type.ts';
import { badInput } from './text-file.ts';

interface ReadColumns {
  sql: string;
  values: ((text: string) => string)[];
  where: string;
  skipped: { count: number; lines: number[] };
}

interface TextTable {
  file: InputFile;
  names: string[];
  /** A relation with the text columns c0, c1, … in the order of the file. */
  from: string;
  /** What `lineOf` counts. */
  unit: 'line' | 'record';
  /** The line of a row, from 1. */
  lineOf(row: number): Promise<number>;
  /**
   * Set where the file itself tells text from numbers: whether a column holds numbers. Text is then only looked through for
   * dates and times.
   */
  isNumber?(column: number): boolean;
  /** Columns with types that are made of JSON hold the text of JSON. */
  ofJson?: boolean;
}

/**
 * SQL of the columns of a text file with their types: those that its options give, others chosen over all rows. `where`
 * holds for the rows that are not left out.
 */
export async function readColumns(connection: DuckDBConnection, table: TextTable): Promise<ReadColumns> {
  const { file, names, from, isNumber, ofJson = false } = table;
  const {
    all_text: allText = false,
    decimal = '.',
    date_format: dateFormat,
    timestamp_format: timestampFormat,
  } = file.options;
  const asGiven = await givenTypes(connection, file, names);
  const given = names.map((name) => {
    const type = asGiven.get(name);
    if (type === undefined) return undefined;
    const formats = { decimal, dateFormat, timestampFormat };
    return ofJson && isMadeOfJson(type) ? givenFromJson(type, formats) : givenType(typeSql(type), formats);
  });
  const open = names.flatMap((_, index) => (given[index] === undefined && !allText ? [index] : []));
  const columnsOpen = open.map((index) => ({ sql: `c${index}`, timesOnly: isNumber?.(index) === false }));
  const rules = { decimal, dateFormat, timestampFormat };
  const choose = (rows: string) => chooseTypes(connection, { from: rows, columns: columnsOpen, rules });
  let { types, misfits } = await choose(from);
  const asked = given.flatMap((type, column) =>
    type === undefined ? [] : [{ column, type: type.type, fits: type.fits }],
  );
  const strange =
    isNumber !== undefined ? [] : misfits.map((misfit) => ({ ...misfit, column: open[misfit.column] ?? 0 }));
  const strict = [...asked, ...strange];
  const skip = file.options.bad_lines === 'skip' && strict.length > 0;
  if (!skip) for (const misfit of strict) await assertFits(connection, table, misfit);
  const good = strict
    .map(({ column, fits }) => `(c${column} IS NULL OR coalesce(${fits(`c${column}`)}, false))`)
    .join(' AND ');
  const where = skip ? ` WHERE ${good}` : '';
  // The rows that stay have types of their own.
  if (skip && open.length > 0) ({ types } = await choose(`(SELECT * FROM ${from}${where})`));

  const chosen = (index: number): ChosenType | undefined =>
    given[index] ?? (open.includes(index) ? types[open.indexOf(index)] : undefined);
  const values = names.map((_, index) => {
    const value = chosen(index)?.value ?? ((text: string) => text);
    const fits = skip ? strange.find(({ column }) => column === index)?.fits : undefined;
    // A condition of the query may be tried before the one that leaves the row out.
    return fits === undefined ? value : (text: string) => `CASE WHEN ${fits(text)} THEN ${value(text)} END`;
  });
  const columns = names.map((name, index) => `${values[index]?.(`c${index}`)} AS ${identifier(name)}`);
  return {
    sql: `SELECT ${columns.join(', ')} FROM ${from}${where}`,
    values,
    where,
    skipped: skip ? await badRows(connection, table, good) : { count: 0, lines: [] },
  };
}

/** Throws for the first value that is not of the column's type, with its line. */
async function assertFits(
  connection: DuckDBConnection,
  { file, names, from, unit, lineOf }: TextTable,
  { column, type, fits }: Misfit,
) {
  const x = `c${column}`;
  const numbered = `SELECT row_number() OVER () AS place, ${x} FROM ${from}`;
  const found = await connection.runAndReadAll(
    `SELECT place, ${x} FROM (${numbered}) WHERE ${x} IS NOT NULL AND NOT coalesce(${fits(x)}, false) ORDER BY place LIMIT 1`,
  );
  const [place, value] = found.getRows()[0] ?? [];
  if (place === undefined) return;
  const line = await lineOf(Number(place));
  const name = names[column] ?? '';
  const shown = clip(String(value), 100, '…');
  throw badInput(
    file,
    `${unit} ${line}, column "${name}": "${shown}" is no ${type}. Mend the value, name it in \`null\`, or read the column as it is with \`types: {${JSON.stringify(name)}: "VARCHAR"}\` in the options of the input`,
  );
}

async function badRows(connection: DuckDBConnection, { from, lineOf }: TextTable, good: string) {
  const numbered = `SELECT row_number() OVER () AS place, (${good}) AS good FROM ${from}`;
  const count = await connection.runAndReadAll(`SELECT count(*) FROM (${numbered}) WHERE NOT good`);
  const found = await connection.runAndReadAll(
    `SELECT place FROM (${numbered}) WHERE NOT good ORDER BY place LIMIT ${LINES_TOLD}`,
  );
  const lines: number[] = [];
  // Each needs a look through the file: a few tell where to look.
  for (const [place] of found.getRows().slice(0, 10)) lines.push(await lineOf(Number(place)));
  return { count: Number(count.getRows()[0]?.[0] ?? 0), lines };
}
