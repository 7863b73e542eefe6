import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import type { InputFile } from '../protocol.ts';
import type { ChosenType } from './column-types.ts';
import { badInput } from './text-file.ts';
import { type TimeFormat, timeFormat } from './time-format.ts';
import { typeOf } from './type-of.ts';

/** The types that the options of an input give to its columns, by name. Throws QueryError for what is no column or no type. */
export async function givenTypes(
  connection: DuckDBConnection,
  file: InputFile,
  names: readonly string[],
): Promise<Map<string, DuckDBType>> {
  const given = new Map<string, DuckDBType>();
  for (const [name, type] of Object.entries(file.options.types ?? {})) {
    if (!names.includes(name))
      throw badInput(file, `\`types\` in its options names the column "${name}", but the file has ${names.join(', ')}`);
    const known = await typeOf(connection, type).catch((error: unknown) => {
      throw badInput(file, `\`types\` in its options: "${type}" is no type of DuckDB`, error);
    });
    given.set(name, known);
  }
  return given;
}

/** How the options of an input say that numbers and times are written. */
export interface GivenFormats {
  decimal: '.' | ',';
  dateFormat?: string | undefined;
  timestampFormat?: string | undefined;
}

/** A type that is given: `fits` is SQL that holds for the texts whose value it keeps. */
export type GivenType = ChosenType & { fits(text: string): string };

/**
 * A type that the options of an input give to a text column. A value fits when the type holds it: no fraction is cut off an
 * integer, no time off a date, no digit off a decimal or a second. FLOAT and DOUBLE round, as is their nature.
 */
export function givenType(type: string, { decimal, dateFormat, timestampFormat }: GivenFormats): GivenType {
  const format = type === 'DATE' ? dateFormat : type.startsWith('TIMESTAMP') ? timestampFormat : undefined;
  if (format !== undefined) return givenFormat(type, timeFormat(format));
  // A point where the comma separates decimals would be another number.
  const text = (x: string) =>
    NUMBER.test(type) && decimal === ',' ? `CASE WHEN NOT contains(${x}, '.') THEN replace(${x}, ',', '.') END` : x;
  const cast = (x: string) => `TRY_CAST(${text(x)} AS ${type})`;
  return {
    type,
    value: cast,
    fits: (x) => `(${cast(x)} IS NOT NULL AND ${holds(type, { x: text(x), cast: cast(x) })})`,
  };
}

function givenFormat(type: string, format: TimeFormat): GivenType {
  const value = (x: string) => `TRY_CAST(${format.parsed(x)} AS ${type})`;
  const keepsZone = format.type !== ZONED || type === ZONED;
  return {
    type,
    value,
    fits: (x) =>
      keepsZone ? `(${format.isSame(x)} AND TRY_CAST(${value(x)} AS ${format.type}) = ${format.parsed(x)})` : 'false',
  };
}

const ZONED = 'TIMESTAMP WITH TIME ZONE';
const INTEGER = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|BIGNUM)$/;
const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|BIGNUM|FLOAT|DOUBLE|DECIMAL\(.*\))$/;
const NESTED = /[\])]$/;

/** SQL: the value that the text `x` is cast to says all that the text says. */
function holds(type: string, { x, cast }: { x: string; cast: string }): string {
  const matches = (pattern: string) => `regexp_full_match(trim(${x}), '${pattern}')`;
  if (INTEGER.test(type)) return matches('[-+]?[0-9]+([.]0*)?');
  if (type.startsWith('DECIMAL(')) return `${digits(x)} = ${digits(`CAST(${cast} AS VARCHAR)`)}`;
  switch (type) {
    case 'DATE':
    case 'TIMESTAMP_S':
    case 'TIMESTAMP_MS':
      return `TRY_CAST(${x} AS TIMESTAMP) = CAST(${cast} AS TIMESTAMP) AND ${withoutLoss(x, { digits: 6, zone: false })}`;
    case 'TIME':
      return matches('[0-9:]+([.][0-9]{1,6}0*)?');
    case 'TIME_NS':
      return matches('[0-9:]+([.][0-9]{1,9}0*)?');
    case 'TIMESTAMP':
      return withoutLoss(x, { digits: 6, zone: false });
    case 'TIMESTAMP_NS':
      return withoutLoss(x, { digits: 9, zone: false });
    case 'TIME WITH TIME ZONE':
    case ZONED:
      return withoutLoss(x, { digits: 6, zone: true });
    default:
      return NESTED.test(type) ? `${bare(x)} = ${bare(`CAST(${cast} AS VARCHAR)`)}` : 'true';
  }
}

/** SQL: a time has no more digits of a second than are kept, and no zone that would be dropped. */
function withoutLoss(x: string, { digits, zone }: { digits: number; zone: boolean }): string {
  const fraction = `[.][0-9]{${digits}}[0-9]*[1-9]`;
  const aZone = ':[0-9]{2}[0-9:.]* ?([-+][0-9]|[A-Za-z])';
  return `NOT regexp_matches(${x}, '${zone ? fraction : `${fraction}|${aZone}`}')`;
}

/** SQL: the digits of a number, without zeros at its ends. */
function digits(x: string): string {
  return `trim(regexp_replace(regexp_replace(${x}, '[eE].*$', ''), '[^0-9]', '', 'g'), '0')`;
}

/** SQL: the text of a list, struct or map without spaces, quotes and zeros at the end of fractions. */
function bare(x: string): string {
  const unquoted = `regexp_replace(${x}, '[\\s''"]', '', 'g')`;
  return `regexp_replace(${unquoted}, '([.][0-9]*[1-9])0+|[.]0+([^0-9]|$)', '\\1\\2', 'g')`;
}
