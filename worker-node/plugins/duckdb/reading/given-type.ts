import type { ChosenType } from './column-types.ts';

/**
 * A type that the options of an input give to a text column. A value fits when the type holds it: no fraction is cut off an
 * integer, no time off a date, no digit off a decimal.
 */
export function givenType(
  type: string,
  {
    decimal,
    dateFormat,
    timestampFormat,
  }: { decimal: '.' | ','; dateFormat?: string | undefined; timestampFormat?: string | undefined },
): ChosenType & { fits(text: string): string } {
  const upper = type.toUpperCase();
  const quote = (format: string) => `'${format.replaceAll("'", "''")}'`;
  const format = upper === 'DATE' ? dateFormat : upper === 'TIMESTAMP' ? timestampFormat : undefined;
  if (format !== undefined)
    return {
      type,
      value: (x) => `CAST(try_strptime(${x}, ${quote(format)}) AS ${type})`,
      fits: (x) => `try_strptime(${x}, ${quote(format)}) IS NOT NULL`,
    };
  const isNumber = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|REAL|DOUBLE|DECIMAL|NUMERIC)\b/.test(upper);
  const text = (x: string) => (isNumber && decimal === ',' ? `replace(${x}, ',', '.')` : x);
  const exact = exactly(upper);
  return {
    type,
    value: (x) => `TRY_CAST(${text(x)} AS ${type})`,
    fits: (x) =>
      `(TRY_CAST(${text(x)} AS ${type}) IS NOT NULL${exact === '' ? '' : ` AND ${exact.replaceAll('{x}', text(x))}`})`,
  };
}

function exactly(type: string): string {
  if (/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(type)) return `regexp_full_match({x}, '\\s*[-+]?[0-9]+(\\.0*)?\\s*')`;
  if (type === 'DATE') return 'TRY_CAST({x} AS TIMESTAMP) = CAST(TRY_CAST({x} AS DATE) AS TIMESTAMP)';
  if (type === 'TIMESTAMP') return `NOT regexp_matches({x}, '(\\.[0-9]{6}[0-9]*[1-9]|[0-9]([+-][0-9:]+|Z))$')`;
  const scale = /^(?:DECIMAL|NUMERIC)\(\d+,\s*(\d+)\)$/.exec(type)?.[1];
  return scale === undefined ? '' : `NOT regexp_matches({x}, '\\.[0-9]{${scale}}0*[1-9]')`;
}
