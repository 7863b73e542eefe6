import type { DuckDBConnection } from '@duckdb/node-api';
import { timeFormat } from './time-format.ts';

/** A text column and what it is read as. `value` is SQL, in which the text stands for itself. */
export interface ChosenType {
  type: string;
  value(text: string): string;
}

/** A column whose first rows are all of one type, with a later value that is nothing of the kind. */
export interface Misfit {
  column: number;
  type: string;
  /** SQL that holds for values that are of that kind. */
  fits(text: string): string;
}

interface Candidate extends ChosenType {
  /** SQL of an aggregate: every value is kept exactly. */
  holds(text: string): string;
  /** As DuckDB casts, changed or not. */
  fits(text: string): string;
}

interface OpenColumn {
  /** Its name as SQL. */
  sql: string;
  /** Only dates and times are looked for. */
  timesOnly: boolean;
}

export interface TypeRules {
  decimal: '.' | ',';
  dateFormat: string | undefined;
  timestampFormat: string | undefined;
}

/** Past so many rows of one type, something else is taken for a mistake. */
export const SURE_AFTER = 20_480;

const all = (condition: string) => `coalesce(bool_and(coalesce(${condition}, false)), false)`;
const castable = (type: string) => (x: string) => `TRY_CAST(${x} AS ${type}) IS NOT NULL`;

/** DuckDB writes no zeros at the end of a fraction. */
const canonical = (x: string) => `CASE WHEN contains(${x}, '.') THEN rtrim(rtrim(${x}, '0'), '.') ELSE ${x} END`;
const digits = (x: string) =>
  `rtrim(ltrim(replace(replace(regexp_replace(${x}, '[eE].*$', ''), '.', ''), '-', ''), '0'), '0')`;

/** Digit by digit: no sign, zero or space that would be lost. */
function integer(type: string): Candidate {
  return {
    type,
    value: (x) => `CAST(${x} AS ${type})`,
    holds: (x) => all(`x IS NULL OR CAST(TRY_CAST(x AS ${type}) AS VARCHAR) = x`).replaceAll(/\bx\b/g, x),
    fits: castable('DOUBLE'),
  };
}

/** All that a column may be; the first that holds is taken. */
function candidates(rules: TypeRules, timesOnly: boolean): Candidate[] {
  const named = formats(rules.dateFormat, rules.timestampFormat);
  return [...named, ...(timesOnly ? [] : numbers(rules)), ...TIMES];
}

function numbers({ decimal }: TypeRules): Candidate[] {
  const number = (x: string) =>
    decimal === ',' ? `(CASE WHEN contains(${x}, '.') THEN ${x} || '!' ELSE replace(${x}, ',', '.') END)` : x;
  const isNumber = (x: string) =>
    `regexp_full_match(${number(x)}, '-?((0|[1-9][0-9]*)(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]+)?')`;
  const word = (x: string) => `lower(${x}) IN ('nan', 'inf', '-inf', 'infinity', '-infinity')`;
  const fitsNumber = (x: string) => `TRY_CAST(${number(x)} AS DOUBLE) IS NOT NULL`;
  const double: Candidate = {
    type: 'DOUBLE',
    value: (x) => `CAST(${number(x)} AS DOUBLE)`,
    holds: (x) => {
      const exact = `${digits(number(x))} = ${digits(`CAST(TRY_CAST(${number(x)} AS DOUBLE) AS VARCHAR)`)}`;
      return `(${all(`${x} IS NULL OR ${word(x)} OR (${isNumber(x)} AND ${exact})`)} AND coalesce(bool_or(${isNumber(x)}), false))`;
    },
    fits: fitsNumber,
  };
  const boolean: Candidate = {
    type: 'BOOLEAN',
    value: (x) => `CAST(${x} AS BOOLEAN)`,
    holds: (x) =>
      `(${[`'true', 'false'`, `'True', 'False'`, `'TRUE', 'FALSE'`].map((pair) => all(`${x} IS NULL OR ${x} IN (${pair})`)).join(' OR ')})`,
    fits: castable('BOOLEAN'),
  };
  const integers = ['BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT'].map(integer);
  return [...integers, double, ...DECIMALS(number, fitsNumber), boolean];
}

/** What a double cannot hold digit by digit. A scale is enough when no value has more digits after the point. */
const DECIMALS = (number: (x: string) => string, fits: (x: string) => string): Candidate[] =>
  [2, 4, 6, 9, 12, 18, 24].map((scale) => ({
    type: `DECIMAL(38,${scale})`,
    value: (x) => `CAST(${number(x)} AS DECIMAL(38,${scale}))`,
    holds: (x) =>
      all(
        `${x} IS NULL OR regexp_full_match(${number(x)}, '-?(0|[1-9][0-9]{0,${37 - scale}})(\\.[0-9]{1,${scale}})?')`,
      ),
    fits,
  }));

const TIMES: Candidate[] = [
  {
    type: 'DATE',
    value: (x) => `CAST(${x} AS DATE)`,
    holds: (x) => all(`${x} IS NULL OR (length(${x}) = 10 AND CAST(TRY_CAST(${x} AS DATE) AS VARCHAR) = ${x})`),
    fits: castable('DATE'),
  },
  {
    type: 'TIMESTAMP',
    value: (x) => `CAST(${x} AS TIMESTAMP)`,
    holds: (x) => all(`${x} IS NULL OR ${isTimestamp(x)}`),
    fits: castable('TIMESTAMP'),
  },
  {
    type: 'TIMESTAMP WITH TIME ZONE',
    value: (x) => `CAST(${x} AS TIMESTAMPTZ)`,
    // Any other zone would be turned into this one.
    holds: (x) => all(`${x} IS NULL OR (regexp_matches(${x}, '(Z|\\+00(:00)?)$') AND ${isTimestamp(withoutZone(x))})`),
    fits: castable('TIMESTAMPTZ'),
  },
  {
    type: 'TIME',
    value: (x) => `CAST(${x} AS TIME)`,
    holds: (x) => all(`${x} IS NULL OR CAST(TRY_CAST(${x} AS TIME) AS VARCHAR) = ${canonical(x)}`),
    fits: castable('TIME'),
  },
];

function withoutZone(x: string): string {
  return `regexp_replace(${x}, '(Z|\\+00(:00)?)$', '')`;
}

function isTimestamp(x: string): string {
  return `(length(${x}) >= 19 AND CAST(TRY_CAST(${x} AS TIMESTAMP) AS VARCHAR) = ${canonical(`replace(${x}, 'T', ' ')`)})`;
}

/** Formats that the options name. */
function formats(date: string | undefined, timestamp: string | undefined): Candidate[] {
  const of = (format: string, asDate: boolean): Candidate => {
    const { type, parsed, isSame } = timeFormat(format);
    return {
      type: asDate ? 'DATE' : type,
      value: (x) => (asDate ? `CAST(${parsed(x)} AS DATE)` : parsed(x)),
      holds: (x) => all(`${x} IS NULL OR ${isSame(x)}`),
      fits: (x) => `${parsed(x)} IS NOT NULL`,
    };
  };
  return [...(date ? [of(date, true)] : []), ...(timestamp ? [of(timestamp, false)] : [])];
}

const TEXT: ChosenType = { type: 'VARCHAR', value: (x) => x };

/**
 * The types of text columns, each chosen over the whole file: a column has a type only when all of its values stay exactly
 * what they are. What DuckDB would change to fit the type of the rows before makes the column text; what has nothing of that
 * type at all is a misfit. `from` is a relation, `columns` are some of its.
 */
export async function chooseTypes(
  connection: DuckDBConnection,
  { from, columns: open, rules }: { from: string; columns: readonly OpenColumn[]; rules: TypeRules },
): Promise<{ types: ChosenType[]; misfits: Misfit[] }> {
  const columns = open.map(({ sql }) => sql);
  const known = new Map(open.map(({ sql, timesOnly }) => [sql, candidates(rules, timesOnly)]));
  const ask = async (asked: readonly { column: string; candidate: Candidate }[], limit: string) => {
    if (asked.length === 0) return [];
    const list = asked.map(({ column, candidate }) => `${candidate.holds(column)} AND count(${column}) > 0`);
    const found = await connection.runAndReadAll(`SELECT ${list.join(', ')} FROM (FROM ${from}${limit})`);
    return (found.getRows()[0] ?? []).map((answer) => answer === true);
  };
  const every = (names: readonly string[]) =>
    names.flatMap((column) => (known.get(column) ?? []).map((candidate) => ({ column, candidate })));
  const firsts = async (names: readonly string[], limit: string) => {
    const asked = every(names);
    const answers = await ask(asked, limit);
    const first = new Map<string, Candidate>();
    for (const [place, { column, candidate }] of asked.entries())
      if (answers[place] && !first.has(column)) first.set(column, candidate);
    return names.map((name) => first.get(name));
  };

  const early = await firsts(columns, ` LIMIT ${SURE_AFTER}`);
  const guessed = columns.flatMap((column, index) => {
    const candidate = early[index];
    return candidate === undefined ? [] : [{ column, candidate, index }];
  });
  const held = await ask(guessed, '');
  const unsure = columns.flatMap((column, index) => {
    const place = guessed.findIndex((one) => one.index === index);
    return place >= 0 && held[place] ? [] : [{ column, index }];
  });
  const late = await firsts(
    unsure.map(({ column }) => column),
    '',
  );

  const types: ChosenType[] = columns.map((_, index) => early[index] ?? TEXT);
  const misfits: Misfit[] = [];
  for (const [place, { index }] of unsure.entries()) {
    types[index] = late[place] ?? TEXT;
    const before = early[index];
    if (late[place] === undefined && before !== undefined)
      misfits.push({ column: index, type: before.type, fits: before.fits });
  }
  return { types, misfits };
}
