import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { typeSql } from './type-sql.ts';

/** A text as DuckDB writes it, cast back. */
export function fromText(type: DuckDBType, expr: string): string {
  if (type.typeId !== DuckDBTypeId.TIMESTAMP_TZ) return `CAST(${expr} AS ${typeSql(type)})`;
  // DuckDB's own cast fails for the outermost days.
  const bare = `regexp_replace(${expr}, '(\\+00|Z)$', '')`;
  return `CASE WHEN ${expr} LIKE '%inf%' THEN TRY_CAST(${expr} AS TIMESTAMPTZ) ELSE make_timestamptz(epoch_us(CAST(${bare} AS TIMESTAMP))) END`;
}

/** A leaf as DuckDB's text, exact for every value. */
export function toText(type: DuckDBType, expr: string): string {
  if (type.typeId !== DuckDBTypeId.TIMESTAMP_TZ) return `CAST(${expr} AS VARCHAR)`;
  // DuckDB's own cast is a millisecond off for the outermost days.
  return `CASE WHEN isfinite(${expr}) THEN CAST(make_timestamp(epoch_us(${expr})) AS VARCHAR) || '+00' ELSE CAST(${expr} AS VARCHAR) END`;
}

/** The three numbers that an interval is made of. */
export function intervalParts(expr: string): string {
  const months = `datepart('year', ${expr}) * 12 + datepart('month', ${expr})`;
  const micros = `datepart('hour', ${expr}) * 3600000000 + datepart('minute', ${expr}) * 60000000 + datepart('microsecond', ${expr})`;
  return `CASE WHEN ${expr} IS NOT NULL THEN struct_pack("months" := ${months}, "days" := datepart('day', ${expr}), "micros" := ${micros}) END`;
}

/** The interval again. `part` gives the expression of one of the numbers. */
export function fromIntervalParts(part: (name: string) => string): string {
  return `to_months(CAST(${part('months')} AS INTEGER)) + to_days(CAST(${part('days')} AS INTEGER)) + to_microseconds(CAST(${part('micros')} AS BIGINT))`;
}
