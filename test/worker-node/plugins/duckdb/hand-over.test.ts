import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../shared/schemas/json.ts';
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

/** SQL of a value of each type that `n`, 64 random bits, and `m`, others, decide on. */
const RANDOM: Record<string, string> = {
  BOOLEAN: 'n % 2 = 0',
  TINYINT: '(n % 256 - 128)::TINYINT',
  SMALLINT: '(n % 65536 - 32768)::SMALLINT',
  INTEGER: '(n % 4294967296 - 2147483648)::INTEGER',
  BIGINT: '(n - 9223372036854775808)::BIGINT',
  UTINYINT: '(n % 256)::UTINYINT',
  USMALLINT: '(n % 65536)::USMALLINT',
  UINTEGER: '(n % 4294967296)::UINTEGER',
  UBIGINT: 'n::UBIGINT',
  HUGEINT: '(n * (m % 9000000000000000000) - 9000000000000000000)::HUGEINT',
  UHUGEINT: 'n::UHUGEINT * m::UHUGEINT',
  DECIMAL: "((n % 2000000000000000000 - 1000000000000000000)::VARCHAR || '.' || (m % 1000))::DECIMAL(38,3)",
  FLOAT: '((n - 9223372036854775808)::DOUBLE / pow(10, 19 + m % 50 - 25))::FLOAT',
  DOUBLE: '(n - 9223372036854775808)::DOUBLE / pow(10, 19 + m % 500 - 250)',
  VARCHAR: 'chr((n % 55000)::INTEGER) || chr((65536 + m % 900000)::INTEGER) || n % 7',
  BLOB: 'unhex(hex(n) || hex(m))',
  BIT: 'bin(n)::BIT',
  UUID: 'md5(n::VARCHAR)::UUID',
  ENUM: "(['a', '', 'it''s'])[1 + (n % 3)::INTEGER]::ENUM('a', '', 'it''s')",
  DATE: "DATE '1970-01-01' + (n % 4000000 - 2000000)::INTEGER",
  TIME: 'make_time((n % 24)::BIGINT, (m % 60)::BIGINT, (n % 60000000)::DOUBLE / 1000000)',
  TIMESTAMP: 'make_timestamp((n % 400000000000000000 - 200000000000000000)::BIGINT)',
  TIMESTAMP_NS: 'make_timestamp_ns((n % 9000000000000000000)::BIGINT)',
  'TIMESTAMP WITH TIME ZONE': 'make_timestamptz((n % 400000000000000000 - 200000000000000000)::BIGINT)',
  INTERVAL:
    'to_months((n % 4000)::INTEGER - 2000) + to_days((m % 4000)::INTEGER - 2000) + to_microseconds((n % 1000000000000)::BIGINT)',
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
    expect([...(await table()).keys()].sort()).toEqual(['type', ...Object.keys(VALUES)].sort());
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

    it('keeps random values of every type, alone and inside of lists, structs and maps', async () => {
      const columns = Object.values(RANDOM).flatMap((value, index) => [
        `CASE WHEN n % 5 > 0 THEN ${value} END AS v${index}`,
        `[${value}, NULL] AS l${index}`,
        `{'a': ${value}, 'b': [${value}]} AS s${index}`,
        `MAP {'k': ${value}} AS m${index}`,
      ]);
      const bits =
        "SELECT i, hash(i, 'n')::UHUGEINT::HUGEINT AS n, hash(i, 'm')::UHUGEINT::HUGEINT AS m FROM range(300) t(i)";
      const wrote = `SELECT i, ${columns.join(', ')} FROM (${bits})`;
      await run({ sql: wrote, output: { name: `every.${format}`, format } }, { artifacts });
      const names = Object.keys(RANDOM).flatMap((_, index) => ['v', 'l', 's', 'm'].map((kind) => `${kind}${index}`));
      const differ = names.map(
        (name) =>
          `count(*) FILTER (w.${name} IS DISTINCT FROM r.${name} OR typeof(w.${name}) <> typeof(r.${name})) AS ${name}`,
      );
      const [counts = {}] = (
        await run(
          {
            sql: `WITH w AS (${wrote}) SELECT count(w.i) AS rows, ${differ.join(', ')} FROM w FULL JOIN r USING (i)`,
            inputs: { r: `artifact://exec_test/s/every.${format}` },
          },
          { artifacts },
        )
      ).rows as JsonObject[];
      const { rows: count, ...differing } = counts;
      expect(count).toBe(300);
      expect(Object.entries(differing).filter(([, found]) => found !== 0)).toEqual([]);
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
