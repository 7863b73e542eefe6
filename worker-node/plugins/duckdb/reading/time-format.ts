import { literal } from '../sql-text.ts';

/** A format of dates or times in DuckDB's words. */
export interface TimeFormat {
  /** What a text is read as: with %n to the nanosecond, with %z or %Z as a moment, whatever its zone. */
  type: 'TIMESTAMP' | 'TIMESTAMP_NS' | 'TIMESTAMP WITH TIME ZONE';
  /** SQL of the value of a text; NULL where it is not of the format. */
  parsed(text: string): string;
  /** SQL: the value says all that the text says. */
  isSame(text: string): string;
}

const PART = /%(?:-[dmyHIMSj]|[a-zA-Z%])/g;
const PARTS = /^(?:[^%]|%(?:-?[dmyHIMSj]|[aAwbBhYpfngzZUWcxXTGuV%]))*$/;
const TIMES = /^%-?[HIMSpfngzZcXT]$/;

const partsOf = (format: string): readonly string[] => format.match(PART) ?? [];

/** What is wrong with a format; undefined for a good one. */
export function formatFault(format: string, kind: 'date' | 'timestamp'): string | undefined {
  if (!PARTS.test(format)) return 'has a part that DuckDB does not know: %d, %m, %Y, %H, %M and %S are some';
  const parts = partsOf(format);
  const time = parts.find((part) => TIMES.test(part));
  if (kind === 'date' && time !== undefined)
    return `holds a time (${time}), which a date would lose: use \`timestamp_format\``;
  if (parts.includes('%n') && parts.some((part) => /^%z$/i.test(part)))
    return 'holds nanoseconds (%n) and a zone, and no type holds both: read the column as VARCHAR';
  return undefined;
}

export function timeFormat(format: string): TimeFormat {
  const parts = partsOf(format);
  const isZoned = parts.some((part) => /^%z$/i.test(part));
  const parsed = (x: string) => `try_strptime(${x}, ${literal(format)})`;
  const hasFraction = parts.some((part) => /^%[fng]$/.test(part));
  // DuckDB takes numbers with and without zeros before them, and letters of any case.
  const bare = (x: string) => {
    const short = `regexp_replace(regexp_replace(trim(lower(${x})), '\\s+', ' ', 'g'), '(^|[^0-9])0+([0-9])', '\\1\\2', 'g')`;
    return hasFraction ? `regexp_replace(${short}, '0+([^0-9]|$)', '\\1', 'g')` : short;
  };
  return {
    type: isZoned ? 'TIMESTAMP WITH TIME ZONE' : parts.includes('%n') ? 'TIMESTAMP_NS' : 'TIMESTAMP',
    parsed,
    isSame: (x) =>
      isZoned
        ? `${parsed(x)} IS NOT NULL`
        : `coalesce(${bare(x)} = ${bare(`strftime(${parsed(x)}, ${literal(format)})`)}, false)`,
  };
}
