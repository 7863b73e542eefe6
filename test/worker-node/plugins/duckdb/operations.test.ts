import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../shared/schemas/json.ts';
import { createArtifactStore } from '../../../../worker-node/artifacts/artifact-store.ts';
import { duckdb } from '../../../../worker-node/plugins/duckdb/plugin.ts';
import { newObserved, runOperation } from '../run-operation.ts';
import { dir, extractData, plugin, projectDir, rows, run, runApart } from './project.ts';

describe('duckdb.query', () => {
  it('answers the rows of the last of several statements', async () => {
    const sql = 'CREATE TABLE t AS SELECT * FROM people WHERE id > 1; SELECT count(*) AS n, max(name) AS last FROM t;';
    expect(await run({ sql, inputs: { people: 'data/people.csv' } })).toEqual({
      columns: [
        { name: 'n', type: 'BIGINT' },
        { name: 'last', type: 'VARCHAR' },
      ],
      row_count: 1,
      rows: [{ n: 2, last: 'Grace' }],
      truncated: false,
    });
  });

  it('joins inputs of different formats', async () => {
    const inputs = {
      p: 'data/people.csv',
      e: { source: 'data/events.jsonl', format: 'json' },
      plain: { source: 'data/plain', format: 'csv' },
    };
    const sql = 'SELECT name, len(tags) AS tags FROM p JOIN e USING (id), plain ORDER BY id';
    expect(await rows({ sql, inputs })).toEqual([
      { name: 'Ada', tags: 2 },
      { name: 'Grace', tags: 0 },
    ]);
  });

  it('answers at most max_rows rows and says that there were more', async () => {
    expect(await run({ sql: 'SELECT range AS i FROM range(5000)', max_rows: 2 })).toMatchObject({
      row_count: 5000,
      rows: [{ i: 0 }, { i: 1 }],
      truncated: true,
    });
  });

  it('keeps an answer within the size of an output', async () => {
    const answer = await run({ sql: "SELECT repeat('x', 100000) AS x FROM range(1000)", max_rows: 1000 });
    expect(answer).toMatchObject({ row_count: 1000, truncated: true });
    expect(JSON.stringify(answer).length).toBeLessThan(16 * 2 ** 20);
    expect((answer.rows as unknown[]).length).toBeGreaterThan(100);
  });

  it('names equal columns apart', async () => {
    expect(await rows({ sql: 'SELECT 1 AS a, 2 AS a' })).toEqual([{ a: 1, 'a:1': 2 }]);
  });

  it.each([
    ['parquet', 'SELECT * FROM r'],
    ['csv', 'SELECT * FROM r'],
    ['json', 'SELECT * FROM r'],
  ])('stores the rows as a %s artifact that a later query reads', async (format, sql) => {
    const artifacts = createArtifactStore({ dir: join(dir, 'store') }).forTry({
      ...{ execution: 'exec_test', attempt: 1, step: format, try: 1 },
    });
    const name = `out/result.${format}`;
    const written = await run(
      { sql: "-- a; b\nSELECT 1; SELECT 2 AS a, ';' AS b -- ; end\n;", output: { name, format } },
      { artifacts },
    );
    expect(written).toMatchObject({ row_count: 1, artifact: `artifact://exec_test/${format}/${name}` });
    expect(written).not.toHaveProperty('rows');
    expect(written.size_bytes).toBeGreaterThan(0);
    const read = await run({ sql, inputs: { r: `artifact://exec_test/${format}/${name}` } }, { artifacts });
    expect(read.rows).toEqual([{ a: 2, b: ';' }]);
    await artifacts.dispose();
  });

  it('reads an input whose name holds a quote', async () => {
    expect(await rows({ sql: 'SELECT * FROM i', inputs: { i: "data/it's.csv" } })).toEqual([{ x: 1 }]);
  });

  it('measures what it used', async () => {
    const observed = newObserved();
    await runApart({ sql: 'SELECT sum(range) FROM range(10000000)' }, { observed });
    expect(observed.usage.cpu_seconds).toBeGreaterThan(0);
    expect(observed.usage.peak_memory_mb).toBeGreaterThan(1);
    expect(observed.usage.peak_cpu_cores).toBeGreaterThan(0);
  });
});

describe('values of duckdb.query', () => {
  const values: [sql: string, expected: JsonValue][] = [
    ['42::BIGINT', 42],
    ['9007199254740991::BIGINT', 9007199254740991],
    ['9007199254740993::BIGINT', '9007199254740993'],
    ['-170141183460469231731687303715884105727::HUGEINT', '-170141183460469231731687303715884105727'],
    ['1.50::DECIMAL(10,2)', 1.5],
    ['12345678901234567.89::DECIMAL(38,2)', '12345678901234567.89'],
    ['-0.1::DECIMAL(3,1)', -0.1],
    ["DATE '2024-02-29'", '2024-02-29'],
    ["TIMESTAMP '2024-02-29 12:00:01.5'", '2024-02-29T12:00:01.5'],
    ["TIMESTAMPTZ '2024-02-29 12:00:00+02'", '2024-02-29T10:00:00Z'],
    ["TIME '12:00:00'", '12:00:00'],
    ["INTERVAL '3 days'", { months: 0, days: 3, micros: 0 }],
    ["'\\x00\\xFF'::BLOB", 'AP8='],
    ["'NaN'::DOUBLE", 'NaN'],
    ["'-inf'::DOUBLE", '-Infinity'],
    ['0.1::DOUBLE', 0.1],
    ['NULL', null],
    ['TRUE', true],
    ["'é☃'", 'é☃'],
    ['[1::BIGINT, NULL]', [1, null]],
    ["{'a': 1.5::DECIMAL(2,1), 'b': {'c': DATE '2024-01-01'}}", { a: 1.5, b: { c: '2024-01-01' } }],
    ["MAP {'k': 2::BIGINT}", [{ key: 'k', value: 2 }]],
    ['\'{"a": [1, null]}\'::JSON', { a: [1, null] }],
    ["'7c9e6679-7425-40de-944b-e07fc1f90ae7'::UUID", '7c9e6679-7425-40de-944b-e07fc1f90ae7'],
    ["'x'::ENUM ('x', 'y')", 'x'],
  ];
  let row: JsonObject;

  beforeAll(async () => {
    const sql = `SELECT ${values.map(([expression], index) => `${expression} AS v${index}`).join(', ')}`;
    row = ((await rows({ sql })) as JsonObject[])[0] ?? {};
  });

  it.each(values.map(([sql, expected], index) => ({ sql, expected, column: `v${index}` })))(
    'answers $sql as $expected',
    ({ expected, column }) => {
      expect(row[column]).toEqual(expected);
    },
  );
});

describe('duckdb.extract_data', () => {
  it('answers where the data is, how much, and its columns', async () => {
    const config = { sql: 'SELECT * FROM p WHERE id < 3', inputs: { p: 'data/people.csv' } };
    const output = (await runOperation(extractData, config, { projectDir, step: 'extraction' })) as JsonObject;
    expect(output).toEqual({
      records_extracted: 2,
      file_size_mb: expect.any(Number),
      output_path: 'artifact://exec_test/extraction/data.parquet',
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'name', type: 'VARCHAR' },
      ],
    });
    expect(output.file_size_mb).toBeGreaterThan(0);
  });

  it('names the file as it is told', async () => {
    const config = { sql: 'SELECT 1 AS x', output_format: 'csv', output_name: 'one.csv' };
    expect(await runOperation(extractData, config)).toMatchObject({ output_path: 'artifact://exec_test/step/one.csv' });
  });

  it('leaves no artifact when the query fails half-way', async () => {
    const store = createArtifactStore({ dir: join(dir, 'failing') });
    const artifacts = store.forTry({ execution: 'exec_test', attempt: 1, step: 'step', try: 1 });
    const sql = "SELECT CASE WHEN range = 4000000 THEN error('boom') ELSE range::VARCHAR END FROM range(5000000)";
    await expect(runOperation(extractData, { sql }, { artifacts })).rejects.toMatchObject({ code: 'SQL_ERROR' });
    await expect(artifacts.open('artifact://exec_test/step/data.parquet')).rejects.toMatchObject({
      code: 'ARTIFACT_NOT_FOUND',
    });
    await artifacts.dispose();
  });
});

describe('duckdb availability', () => {
  it('is available where its binding loads', async () => {
    expect(await plugin.availability()).toEqual({ available: true });
  });

  it('says what is wrong with its settings', async () => {
    const wrong = duckdb({ env: { WF_DUCKDB_MEMORY_LIMIT: 'lots' } });
    expect(await wrong.availability()).toMatchObject({
      available: false,
      reason: expect.stringContaining('WF_DUCKDB_MEMORY_LIMIT'),
    });
  });
});
