import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../shared/schemas/json.ts';
import { newObserved } from '../run-operation.ts';
import { read, rows, run, write } from './project.ts';

const many = (last: string, first = '1') => `x,y\n${`${first},0\n`.repeat(20_480)}${last},0\n`;

describe('duckdb answers', () => {
  // duckdb/duckdb-rs#664
  it.each([
    "SELECT CAST(CASE WHEN i = 499999 THEN 'oops' ELSE i::VARCHAR END AS INT) AS x FROM range(500000) t(i)",
    "SELECT strptime(CASE WHEN i = 400000 THEN 'oops' ELSE '2024' END, '%Y') AS x FROM range(500000) t(i)",
    "SELECT CASE WHEN i = 499999 THEN error('oops') ELSE 'a' END AS x FROM range(500000) t(i)",
  ])('fail with an error of a late row: %s', async (sql) => {
    await expect(run({ sql, max_rows: 3 })).rejects.toMatchObject({
      code: 'SQL_ERROR',
      message: expect.stringContaining('oops'),
    });
  });

  it.each([
    ['PIVOT t ON y USING sum(n); -- done', 1],
    ['WITH p AS (PIVOT t ON y USING sum(n)) SELECT * FROM p', 1],
    ['SELECT * FROM (PIVOT t ON y USING sum(n))', 1],
    ['SUMMARIZE t', 3],
    ['DESCRIBE t', 3],
    ['SHOW TABLES', 1],
    ["INSERT INTO t VALUES ('US', 2000, 3) RETURNING *", 1],
    ['EXPLAIN FROM t', 1],
    ['VALUES (1), (2)', 2],
    ['FROM t', 2],
  ])('are stored from %s after other statements', async (last, count) => {
    const sql = `CREATE TABLE t AS SELECT * FROM (VALUES ('NL', 2000, 1), ('NL', 2010, 2)) v(c, y, n); ${last}`;
    expect(await run({ sql, output: { name: 'p.csv', format: 'csv' } })).toMatchObject({ row_count: count });
  });

  it('hold long integers and NaN of JSON as text, at any depth', async () => {
    const sql = `SELECT '{"id": 9007199254740993, "e": 1e400}'::JSON AS j, [json_object('l', 'nan'::DOUBLE)] AS l, MAP {'k': '[18014398509481985]'::JSON} AS m`;
    expect(await run({ sql })).toMatchObject({
      columns: [{ type: 'JSON' }, { type: 'JSON[]' }, { type: 'MAP(VARCHAR, JSON)' }],
      rows: [
        {
          j: { id: '9007199254740993', e: '1e400' },
          l: [{ l: 'NaN' }],
          m: [{ key: 'k', value: ['18014398509481985'] }],
        },
      ],
    });
  });

  it.each(['SELECT 1 \0; SELECT oops', "SELECT '\ud800'"])('refuse SQL that would be cut: %j', async (sql) => {
    await expect(run({ sql })).rejects.toMatchObject({ code: 'SQL_ERROR', retryable: false });
  });
});

describe('duckdb bindings', () => {
  const cases: [string, JsonValue, JsonValue][] = [
    ['SELECT $a AS a, $b AS b', { a: "it's", b: null }, [{ a: "it's", b: null }]],
    ['SELECT ? AS a, ? AS b', [1, 1.5], [{ a: 1, b: 1.5 }]],
    ['FROM range(5) t(i) WHERE i IN $l', { l: [2, 3] }, [{ i: 2 }, { i: 3 }]],
    ['CREATE TABLE t AS SELECT $a AS a; SELECT a, $a AS b, 1 AS b FROM t', { a: 1 }, [{ a: 1, b: 1, 'b:1': 1 }]],
    [
      'SELECT i FROM (VALUES (9007199254740993)) t(i) WHERE i = $id',
      { id: '9007199254740993' },
      [{ i: '9007199254740993' }],
    ],
  ];
  it.each(cases)('give values to %s', async (sql, bindings, expected) => {
    expect(await rows({ sql, bindings })).toEqual(expected);
  });

  it.each([
    ['SELECT $a', {}, '$a'],
    ['SELECT $a', { a: 1, b: 2 }, 'bindings.b'],
    ['SELECT ?', [1, 2], '2 values'],
    ['SELECT ?; SELECT ?', [1], '$name'],
    ['SELECT $a', { a: [1, 'x'] }, 'bindings.a[1]'],
  ])('that do not fit %s are refused by name', async (sql, bindings, named) => {
    await expect(run({ sql, bindings })).rejects.toMatchObject({
      code: 'INVALID_BINDING',
      message: expect.stringContaining(named),
    });
  });
});

describe('duckdb project files', () => {
  it.each([
    ['ids.csv', 'id\n18446744073709551615\n18446744073709551614\n', ['18446744073709551615', '18446744073709551614']],
    ['Dec.CSV', 'id\n12345678901234567.89\n', ['12345678901234567.89']],
    ['zip.tsv', 'id\n12345\n01234\n', ['12345', '01234']],
    ['zone.csv', 'id\n2024-01-02 12:00:00+02\n', ['2024-01-02 12:00:00+02']],
    ['nano.csv', 'id\n2024-01-02 12:00:00.1234567\n', ['2024-01-02 12:00:00.1234567']],
    [
      'huge.jsonl',
      '{"id":170141183460469231731687303715884105727}\n{"id":170141183460469231731687303715884105728}',
      ['170141183460469231731687303715884105727', '170141183460469231731687303715884105728'],
    ],
    ['list.json', '[{"id":[1]},{"id":[1.5]}]', [[1], [1.5]]],
    ['dec.json', '[{"id":12345678901234567.89}]', ['12345678901234567.89']],
    ['flag.json', '[{"id":true},{"id":1}]', [true, 1]],
    ['zone.json', '[{"id":"2024-01-02T03:04:05+02:00"}]', ['2024-01-02T03:04:05+02:00']],
    ['Z.CSV.GZ', gzipSync('id\n1\n'), [1]],
    ['run=7/own.csv', 'id\n1\n', [1]],
    ['one.csv', 'id\nhello; world\n', ['hello; world']],
  ] as [string, string | Buffer, JsonValue[]][])('keep the values of %s', async (name, text, ids) => {
    expect(await read(name, text)).toEqual(ids.map((id) => ({ id })));
  });

  it.each([
    ['1.5', '1', 20481.5 - 0],
    ['01234', '10000', '01234'],
    ['2024-01-02 12:34:56', '2024-01-02', '2024-01-02 12:34:56'],
    ['1', 'true', '1'],
  ])('do not fit a late %s to the type of the rows before it', async (last, first, expected) => {
    const source = await write('late.csv', many(last, first));
    const sql = last === '1.5' ? 'SELECT sum(x) AS x FROM w' : `SELECT x FROM w WHERE x::VARCHAR <> '${first}'`;
    expect(await rows({ sql, inputs: { w: source } })).toEqual([{ x: expected }]);
  });

  it.each([
    ['late.csv', many('oops'), ['20482', 'oops', 'types']],
    ['long.csv', 'a,b\n1,2\n7,8,9\n', ['line 3', 'bad_lines']],
    ['short.csv', 'a,b,c\n1,2,3\n4,5\n', ['line 3']],
    ['open.csv', 'a\n"1\n', ['line 2', 'quote']],
    ['twice.csv', 'a,A\n1,2\n', ['names']],
    ['latin.csv', Buffer.from('a\n\xe9\n', 'latin1'), ['line 2', 'encoding']],
    ['cut.csv.gz', gzipSync(many('1')).subarray(0, 60), ['cut off']],
    ['cut.jsonl', '{"a":1}\n{"a":', ['cut off']],
    ['bad.jsonl', '{"a":1}\n{"a" 2}\n', ['line 2', 'bad_lines']],
    ['after.json', '[{"a":1}]\n{"a":2}', ['after the array']],
  ] as [string, string | Buffer, string[]][])(
    'that are wrong are refused with place and remedy: %s',
    async (name, text, words) => {
      const error = await read(name, text).catch((caught: Error) => caught);
      expect(error).toMatchObject({ code: 'INVALID_INPUT', retryable: false });
      for (const word of words) expect((error as Error).message).toContain(word);
    },
  );

  it.each([
    [{ header: false }, 'a,b\n', [{ column0: 'a', column1: 'b' }]],
    [{ delimiter: ';', decimal: ',' }, 'a;b\n1,5;x\n', [{ a: 1.5, b: 'x' }]],
    [{ types: { a: 'VARCHAR' } }, 'a\n1\n', [{ a: '1' }]],
    [{ all_text: true }, 'a\n1\n', [{ a: '1' }]],
    [{ skip: 1, comment: '#' }, 'junk\n# no\na\n1\n#x\n2\n', [{ a: 1 }, { a: 2 }]],
    [{ null: ['', 'NA'] }, 'a,b\nNA,1\n', [{ a: null, b: 1 }]],
    [{ date_format: '%d.%m.%Y' }, 'a\n29.02.2024\n', [{ a: '2024-02-29' }]],
    [{ encoding: 'latin-1' }, Buffer.from('a\n\xe9\n', 'latin1'), [{ a: 'é' }]],
    [{ encoding: 'utf-16' }, Buffer.from('\ufeffa\né\n', 'utf16le'), [{ a: 'é' }]],
  ] as [JsonObject, string | Buffer, JsonValue][])('are read by the options %j', async (options, text, expected) => {
    expect(await read('options.csv', text, options)).toEqual(expected);
  });

  it('count and log bad lines when they are told to', async () => {
    const source = await write('bad.csv', 'a,b\n1,2\n3\n4,5,6\n7,8\n');
    const observed = newObserved();
    const answer = await run(
      { sql: 'FROM w', inputs: { w: { source, options: { bad_lines: 'skip' } } } },
      { observed },
    );
    expect(answer.rows).toEqual([
      { a: 1, b: 2 },
      { a: 7, b: 8 },
    ]);
    expect(observed.logs).toMatchObject([{ level: 'WARN', metadata: { input: 'w', count: 2, lines: [3, 4] } }]);
  });
});
