import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createArtifactStore, type TryArtifacts } from '../../../../worker-node/artifacts/artifact-store.ts';
import { dir, run } from './project.ts';

const FORMATS = ['csv', 'json', 'parquet'] as const;

/** Values of every type, extremes included, by the name that the table of the docs gives the type. */
const VALUES: Record<string, string[]> = {
  BOOLEAN: ['true', 'false'],
  TINYINT: ["'-128'::TINYINT", "'127'::TINYINT"],
  SMALLINT: ["'-32768'::SMALLINT"],
  INTEGER: ["'-2147483648'::INTEGER"],
  BIGINT: ["'-9223372036854775808'::BIGINT", "'9223372036854775807'::BIGINT"],
  UTINYINT: ['255::UTINYINT'],
  USMALLINT: ['65535::USMALLINT'],
  UINTEGER: ['4294967295::UINTEGER'],
  UBIGINT: ['18446744073709551615::UBIGINT', '0::UBIGINT'],
  HUGEINT: [
    "'-170141183460469231731687303715884105728'::HUGEINT",
    '1::HUGEINT',
    "'170141183460469231731687303715884105727'::HUGEINT",
  ],
  UHUGEINT: ["'340282366920938463463374607431768211455'::UHUGEINT"],
  BIGNUM: ["'123456789012345678901234567890123456789012345678901234567890'::BIGNUM", "'-5'::BIGNUM"],
  DECIMAL: ["'-99999999999999999999999999999999999.999'::DECIMAL(38,3)", "'0.001'::DECIMAL(38,3)"],
  FLOAT: ["'nan'::FLOAT", "'-inf'::FLOAT", '0.1::FLOAT', "'3.4028235e38'::FLOAT", "'1.4e-45'::FLOAT"],
  DOUBLE: [
    "'nan'::DOUBLE",
    "'inf'::DOUBLE",
    "'5e-324'::DOUBLE",
    "'1.7976931348623157e308'::DOUBLE",
    "'-0.0'::DOUBLE",
    '0.1::DOUBLE',
  ],
  VARCHAR: [
    "''",
    "'NULL'",
    "'01234'",
    "'a,\"b'''",
    "'x' || chr(13) || chr(10) || 'y'",
    "' sp '",
    "'a' || chr(0) || 'b'",
    "'é😀'",
    "'2024-01-01'",
  ],
  BLOB: ["'\\x00\\xFF\\x5C\\x27'::BLOB", "''::BLOB"],
  BIT: ["'0101'::BIT"],
  UUID: ["'7c9e6679-7425-40de-944b-e07fc1f90ae7'::UUID"],
  ENUM: ["'it''s'::ENUM('it''s', 'y', '')", "''::ENUM('it''s', 'y', '')"],
  DATE: [
    "'infinity'::DATE",
    "'-infinity'::DATE",
    "'5881580-07-10'::DATE",
    "'0044-03-15 (BC)'::DATE",
    "'2024-02-29'::DATE",
  ],
  TIME: ["'24:00:00'::TIME", "'23:59:59.999999'::TIME"],
  TIME_NS: ["'23:59:59.999999999'::TIME_NS"],
  'TIME WITH TIME ZONE': ["'00:00:00+15:59:59'::TIMETZ", "'24:00:00-15:59:59'::TIMETZ"],
  TIMESTAMP: [
    "'infinity'::TIMESTAMP",
    "'294247-01-10 04:00:54.775806'::TIMESTAMP",
    "'290309-12-22 (BC) 00:00:00'::TIMESTAMP",
    "'2024-02-29 12:00:00.5'::TIMESTAMP",
  ],
  TIMESTAMP_S: ["'infinity'::TIMESTAMP_S", "'294247-01-10 04:00:54'::TIMESTAMP_S"],
  TIMESTAMP_MS: ["'-infinity'::TIMESTAMP_MS", "'294247-01-10 04:00:54.775'::TIMESTAMP_MS"],
  TIMESTAMP_NS: ["'infinity'::TIMESTAMP_NS", "'2262-04-11 23:47:16.854775806'::TIMESTAMP_NS"],
  'TIMESTAMP WITH TIME ZONE': [
    "'infinity'::TIMESTAMPTZ",
    "'294247-01-10 04:00:54.775806+00'::TIMESTAMPTZ",
    "'290309-12-22 (BC) 00:00:00+00'::TIMESTAMPTZ",
    "'2024-02-29 12:00:00+02'::TIMESTAMPTZ",
  ],
  INTERVAL: [
    "INTERVAL '14 months -3 days 4 hours 5.000001 seconds'",
    'to_microseconds(-9223372036854775807)',
    'to_months(-2147483647)',
    'to_days(2147483647)',
  ],
  LIST: ["['a', '', NULL, 'NULL', 'a,b', 'back\\slash']", '[]::VARCHAR[]'],
  'LIST of numbers': ["['170141183460469231731687303715884105727'::HUGEINT, NULL]", '[]::HUGEINT[]'],
  ARRAY: ["['nan'::DOUBLE, 1.5::DOUBLE]::DOUBLE[2]"],
  STRUCT: [
    "{'a b\"/~': 'x,}', 'n': 9007199254740993, 'd': '0.10'::DECIMAL(20,2), 't': 'infinity'::TIMESTAMP, 'i': INTERVAL '-1 month', 'e': 'x'::ENUM('x'), 'b': '\\xFF'::BLOB, 'l': [{'z': NULL::INTEGER}]}",
  ],
  MAP: ["MAP {'': [1::HUGEINT], 'k': NULL}", 'MAP {}::MAP(VARCHAR, HUGEINT[])'],
  UNION: [
    "union_value(str := '2')::UNION(num INTEGER, str VARCHAR)",
    'union_value(num := 2)::UNION(num INTEGER, str VARCHAR)',
  ],
  JSON: ['\'{"a":[1.5,null,"x"]}\'::JSON', "'true'::JSON"],
  'JSON with numbers that JSON numbers do not hold': ['\'{"a":9007199254740993,"b":NaN}\'::JSON'],
  VARIANT: ["'x'::VARIANT"],
  GEOMETRY: ["'POINT(1 2)'::GEOMETRY"],
};

let artifacts: TryArtifacts;
beforeAll(() => {
  artifacts = createArtifactStore({ dir: join(dir, 'hand-over') }).forTry({
    execution: 'exec_test',
    attempt: 1,
    step: 's',
    try: 1,
  });
});
afterAll(() => artifacts.dispose());

const table = async () => {
  const page = await readFile(new URL('../../../../docs/plugins/duckdb.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| [^|]+ \|[^|]+\|[^|]+\|[^|]+\|[^|]+\|$/.test(line));
  return new Map(
    rows
      .map((row) =>
        row
          .split('|')
          .map((cell) => cell.trim())
          .slice(1, 6),
      )
      .map(([type, ...cells]) => [type, cells]),
  );
};

describe('hand-over of duckdb values', () => {
  it('is told for each type by the table of the docs', async () => {
    const documented = await table();
    expect(Object.keys(VALUES).filter((type) => !documented.has(type))).toEqual([]);
  });

  describe.each(FORMATS)('through %s', (format) => {
    it.each(Object.entries(VALUES))('keeps %s, or refuses it as the docs say', async (type, values) => {
      const documented = (await table()).get(type)?.[1 + FORMATS.indexOf(format)];
      const name = `${type.replaceAll(/[^A-Za-z]/g, '_')}.${format}`;
      // A NULL, an order, and a column without a value besides.
      const sql = [...values, 'NULL'].map((value, index) => `SELECT ${index} AS i, ${value} AS x`).join(' UNION ALL ');
      const wrote = await run({ sql, output: { name, format } }, { artifacts }).catch((error: Error) => error);
      if (wrote instanceof Error) {
        expect(wrote).toMatchObject({ code: 'UNSUPPORTED_TYPE', retryable: false });
        expect(documented).toBe('refused');
        return;
      }
      const back = await run(
        {
          sql: `WITH wrote AS (${sql}) SELECT i, typeof(w.x) AS type, typeof(r.x) AS read_type, w.x IS NOT DISTINCT FROM r.x AND w.x::VARCHAR IS NOT DISTINCT FROM r.x::VARCHAR AS same, r.x::VARCHAR AS read FROM wrote w FULL JOIN r USING (i) WHERE NOT same OR type <> read_type`,
          inputs: { r: `artifact://exec_test/s/${name}` },
        },
        { artifacts },
      ).catch((error: Error) => error);
      if (back instanceof Error) {
        expect(back.message).toContain('holds JSON that a json artifact keeps in another form');
        expect(documented).toBe('refused when read');
        return;
      }
      expect(back.rows).toEqual([]);
      expect(documented).toBe('equal');
    });

    it('keeps random text, numbers and NULL', async () => {
      const text = fc.option(
        fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => !/\p{Surrogate}/u.test(value)),
      );
      const rows = fc.array(fc.record({ t: text, l: fc.array(text, { maxLength: 3 }), d: fc.option(fc.double()) }), {
        minLength: 1,
        maxLength: 60,
      });
      await fc.assert(
        fc.asyncProperty(rows, async (given) => {
          const sql = 'SELECT unnest($t) AS t, unnest($l) AS l, unnest($d)::DOUBLE AS d';
          const finite = given.map(({ d }) => (d !== null && Number.isFinite(d) ? d + 0 : null));
          const bindings = {
            t: [...given.map(({ t }) => t), 'x'],
            l: [...given.map(({ l }) => l), ['x']],
            d: [...finite, 0.5],
          };
          const wrote = await run({ sql, bindings, output: { name: `random.${format}`, format } }, { artifacts });
          expect(wrote.row_count).toBe(given.length + 1);
          const back = await run(
            { sql: 'FROM r', inputs: { r: `artifact://exec_test/s/random.${format}` } },
            { artifacts },
          );
          expect(back.rows).toEqual(bindings.t.map((t, index) => ({ t, l: bindings.l[index], d: bindings.d[index] })));
        }),
        { numRuns: 6 },
      );
    }, 60_000);

    it('keeps the types of a file without rows', async () => {
      const sql = "SELECT 1::HUGEINT AS h, '01' AS t, [1.5::DECIMAL(5,2)] AS l WHERE false";
      await run({ sql, output: { name: `none.${format}`, format } }, { artifacts });
      const back = await run({ sql: 'FROM r', inputs: { r: `artifact://exec_test/s/none.${format}` } }, { artifacts });
      expect(back).toMatchObject({
        row_count: 0,
        columns: [
          { name: 'h', type: 'HUGEINT' },
          { name: 't', type: 'VARCHAR' },
          { name: 'l', type: 'DECIMAL(5,2)[]' },
        ],
      });
    });
  });
});
