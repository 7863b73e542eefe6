import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../shared/schemas/json.ts';
import { rows, run } from './project.ts';

describe('the last statement of duckdb', () => {
  it.each([
    ["SELECT 1; SELECT 'a;b' AS x", 'a;b'],
    ["SELECT 1; SELECT E'a\\';b''c' AS x", "a';b'c"],
    ['SELECT 1; SELECT $$a;$b$;$$ AS x', 'a;$b$;'],
    ['SELECT 1; SELECT $t$;$$;$t$ AS x', ';$$;'],
    ["SELECT 1; SELECT 2 AS x /* a; /* b; */ it's; */; -- c;", 2],
    ['SELECT 1; SELECT 2 AS "x" -- it\'s;\n;;', 2],
    ['SELECT 1 AS ";"; SELECT 2 AS x', 2],
    ['CREATE TABLE a$b$ AS SELECT 1 AS c$b$; SELECT c$b$ AS x FROM a$b$', 1],
    ['BEGIN; CREATE TABLE t AS SELECT 1 AS x; FROM t', 1],
    ['BEGIN; SELECT 1 AS x', 1],
  ])('is found in %s', async (sql, x) => {
    expect(await rows({ sql })).toEqual([{ x }]);
  });

  it('is found at once where a text of many semicolons follows', async () => {
    const values = Array.from({ length: 4_000 }, (_, i) => `(${i}, 'a;b;c')`).join(', ');
    expect(await rows({ sql: `SELECT 1; SELECT count(*) AS n FROM (VALUES ${values}) t(i, x)` })).toEqual([
      { n: 4000 },
    ]);
  });

  it('names the columns of a PIVOT by the run that its rows are of', async () => {
    const sql = `SELECT setseed(0.3); PIVOT (SELECT CASE WHEN random() < 0.5 THEN 'a' ELSE 'b' END AS y FROM range(1)) ON y USING max(y)`;
    for (let time = 0; time < 6; time++) {
      const [row = {}] = (await rows({ sql: sql.replace('0.3', `0.${time}`) })) as JsonObject[];
      for (const [name, value] of Object.entries(row)) expect([name, null]).toContain(value);
    }
  });

  it('takes parameters in what a PIVOT computes', async () => {
    const sql = "CREATE TABLE t AS SELECT 'a' AS y, 2 AS n; PIVOT t ON y USING sum(n * $k)";
    expect(await rows({ sql, bindings: { k: 3 } })).toEqual([{ a: 6 }]);
  });
});

describe('values of duckdb', () => {
  it.each([
    ["chr(65279) || 'abc'", '\ufeffabc'],
    ['[chr(65279)]', ['\ufeff']],
    ["{'a': chr(65279) || 'x'}", { a: '\ufeffx' }],
    ["INTERVAL '1 month 3 days 5 microseconds'", { months: 1, days: 3, micros: 5 }],
    ['to_microseconds(9007199254740993)', { months: 0, days: 0, micros: '9007199254740993' }],
    [
      `'{"a": 1e-400, "b": 1.23456e-322, "c": 5e-324, "d": 0e5}'::JSON`,
      { a: '1e-400', b: '1.23456e-322', c: 5e-324, d: 0 },
    ],
  ] as [string, JsonValue][])('are whole in answers and hand-over: %s', async (sql, x) => {
    expect(await rows({ sql: `SELECT ${sql} AS x` })).toEqual([{ x }]);
  });

  it.each([
    [`'{"a": 1, "a": 2}'::JSON`, 'gives a key twice'],
    [`(repeat('[', 6000) || repeat(']', 6000))::JSON`, 'nested too deeply'],
    ["{'__proto__': 1, 'b': 2}", '"__proto__"'],
  ])('that JSON does not hold are refused by their column: %s', async (value, words) => {
    for (const output of [undefined, { name: 'a.json', format: 'json' }])
      await expect(
        run({ sql: `SELECT 1 AS i, ${value} AS "odd one"`, ...(output && { output }) }),
      ).rejects.toMatchObject({
        code: 'UNSUPPORTED_TYPE',
        retryable: false,
        message: expect.stringMatching(new RegExp(`column "odd one".*${words}`)),
      });
  });
});

describe('bindings of duckdb', () => {
  const ids = 'SELECT id FROM (VALUES (9007199254740991), (9007199254740992), (9007199254740993)) t(id)';
  it.each([
    [`${ids} WHERE id = $id`, { id: 9007199254740992 }, ['9007199254740992']],
    [`${ids} WHERE id IN $ids`, { ids: [1, 9007199254740992] }, ['9007199254740992']],
    ['SELECT typeof($n) AS id', { n: 1000000000000000000 }, ['BIGINT']],
    ['SELECT typeof($n) AS id', { n: 100000000000000000000 }, ['HUGEINT']],
    ['SELECT $n::VARCHAR AS id', { n: [1, 100000000000000000000] }, ['[1, 100000000000000000000]']],
    ['SELECT typeof($n) AS id', { n: 1e300 }, ['DOUBLE']],
    ['SELECT typeof($n) AS id', { n: [1, 100000000000000000000, 0.5] }, ['DOUBLE[]']],
    [
      'SELECT unnest($l).b AS id',
      {
        l: [
          { a: 1, b: 2 },
          { b: 3, a: 4 },
        ],
      },
      [2, 3],
    ],
  ] as [string, JsonObject, JsonValue[]][])('are exact in %s', async (sql, bindings, expected) => {
    expect(await rows({ sql, bindings })).toEqual(expected.map((id) => ({ id })));
  });
});
