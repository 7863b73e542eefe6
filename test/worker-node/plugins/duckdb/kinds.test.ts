import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../shared/schemas/json.ts';
import { createArtifactStore } from '../../../../worker-node/artifacts/artifact-store.ts';
import { dir, read, rows, run, write } from './project.ts';

const texts = async (source: string) => {
  const found = (await rows({ sql: 'SELECT x::VARCHAR AS x FROM w', inputs: { w: source } })) as JsonObject[];
  return found.map(({ x }) => x);
};

describe('errors of late rows', () => {
  it.each([
    ['overflow', 'SELECT i + CASE WHEN i = 399999 THEN 9223372036854775807 ELSE 0 END AS x FROM range(400000) t(i)'],
    ['JSON functions', "SELECT CASE WHEN i = 399999 THEN '{' ELSE '{}' END::JSON AS x FROM range(400000) t(i)"],
    [
      'casts of dates',
      "SELECT CASE WHEN i = 399999 THEN '2024-13-01' ELSE '2024-01-01' END::DATE AS x FROM range(400000) t(i)",
    ],
    ['struct casts', "SELECT [CASE WHEN i = 399999 THEN 'x' ELSE '1' END]::INTEGER[] AS x FROM range(400000) t(i)"],
  ])('fail the query: %s', async (_, sql) => {
    await expect(run({ sql, max_rows: 3 })).rejects.toMatchObject({ code: 'SQL_ERROR', retryable: false });
  });

  it('fail the query: lack of memory', async () => {
    const sql = "SELECT CASE WHEN i = 399999 THEN repeat('x', i * 1000) ELSE 'x' END AS x FROM range(400000) t(i)";
    await expect(run({ sql, max_rows: 3 })).rejects.toMatchObject({ code: 'SQL_ERROR', retryable: false });
  });

  it.each([
    ['tsv', `a\tb\n${'1\t2\n'.repeat(60_000)}oops\t2\n`],
    ['csv.gz', gzipSync(`a,b\n${'1,2\n'.repeat(60_000)}oops,2\n`)],
    ['tsv.gz', gzipSync(`a\tb\n${'1\t2\n'.repeat(60_000)}1\n`)],
    ['jsonl.gz', gzipSync(`${'{"a":1}\n'.repeat(60_000)}{"a":\n`)],
  ])('of a file fail the step: %s', async (extension, text) => {
    await expect(read(`late.${extension}`, text)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

describe('cells of text files', () => {
  it.each([
    ['1', '1.5'],
    ['1', '01234'],
    ['2024-01-01', '2024-01-01 10:11:12'],
    ['2024-01-01 10:11:12', '2024-01-01 10:11:12+02'],
    ['2024-01-01 10:11:12.123456', '2024-01-01 10:11:12.1234567'],
    ['true', '1'],
    ['1', 'yes'],
    ['true', 'yes'],
    ['1', '1_000'],
    ['1', '0x10'],
    ['1', '1 '],
    ['9007199254740993', '1e5'],
  ])('are not changed where %s stands beside %s', async (one, other) => {
    for (const name of ['cells.csv', 'cells.tsv'])
      expect(await texts(await write(name, `x\n${one}\n${other}\n`))).toEqual(
        one === '1' && other === '1.5' ? ['1.0', '1.5'] : [one, other],
      );
  });

  it('with an exponent are numbers beside whole ones, all of them as they are', async () => {
    const source = await write('exponent.csv', 'x\n1\n1e5\n2.5e-3\n');
    expect(await rows({ sql: 'FROM w', inputs: { w: source } })).toEqual([{ x: 1 }, { x: 100000 }, { x: 0.0025 }]);
  });

  it.each([
    ['a footer', 'a,b\n1,2\nTotal: 1\n', 'line 3'],
    ['lines that look like a preamble', 'Report of May\n\na,b\n1,2\n', 'line 3'],
    ['a footer of a longer row', 'a,b\n1,2\nend,of,file\n', 'line 3'],
    ['a row of another delimiter', 'a,b\n1,2\n1;2\n', 'line 3'],
  ])('never take %s for anything but rows', async (_, text, place) => {
    await expect(read('footer.csv', text)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(place),
    });
  });

  it.each([
    ['text.csv', 'text\na|b\nc\td\n"e,f"\n', [{ text: 'a|b' }, { text: 'c\td' }, { text: 'e,f' }]],
    ['text.tsv', 'text\na,b\nc;d\n', [{ text: 'a,b' }, { text: 'c;d' }]],
    ['years.csv', '2000,2010\n1,2\n', [{ '2000': 1, '2010': 2 }]],
    ['years.tsv', '2000\t2010\n1\t2\n', [{ '2000': 1, '2010': 2 }]],
  ] as [string, string, JsonValue][])('and names stay what they are: %s', async (name, text, expected) => {
    expect(await read(name, text)).toEqual(expected);
  });

  it.each([
    [{ delimiter: '|' }, 'a|b\n1|2\n', [{ a: 1, b: 2 }]],
    [{ quote: "'" }, "a,b\n'x,y',2\n", [{ a: 'x,y', b: 2 }]],
    [{ quote: '' }, 'a\n"x\n', [{ a: '"x' }]],
    [{ names: ['x', 'y'] }, 'a,b\n1,2\n', [{ x: 1, y: 2 }]],
    [{ skip: 2 }, 'one\ntwo\na\n1\n', [{ a: 1 }]],
    [{ comment: '#' }, 'a\n#x\n1\n', [{ a: 1 }]],
    [{ decimal: ',', delimiter: ';' }, 'a\n1,25\n', [{ a: 1.25 }]],
    [{ timestamp_format: '%d.%m.%Y %H:%M' }, 'a\n29.02.2024 12:30\n', [{ a: '2024-02-29T12:30:00' }]],
    [{ encoding: 'windows-1252' }, Buffer.from([0x61, 0x0a, 0x80, 0x0a]), [{ a: '€' }]],
  ] as [JsonObject, string | Buffer, JsonValue][])('are read by the options %j', async (options, text, expected) => {
    expect(await read('option.csv', text, options)).toEqual(expected);
  });
});

describe('folders whose names hold an equals sign', () => {
  it.each([
    ['json', '[{"id":1,"run":"abc"}]'],
    ['jsonl', '{"id":1,"run":"abc"}'],
    ['tsv', 'id\trun\n1\tabc\n'],
    ['csv.gz', gzipSync('id,run\n1,abc\n')],
  ])('have no part in the columns of %s', async (extension, text) => {
    expect(await read(`run=7/env=prod/own.${extension}`, text)).toEqual([{ id: 1, run: 'abc' }]);
  });

  it('have none in Parquet, in the project folder or in that of artifacts', async () => {
    const project = join(dir, 'env=prod');
    await mkdir(join(project, 'run=7'), { recursive: true });
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(`COPY (SELECT 1 AS id, 'abc' AS run, 'x' AS env) TO '${project}/run=7/own.parquet'`);
    await writeFile(join(project, 'own.csv'), 'id,env\n1,dev\n');
    const artifacts = createArtifactStore({ dir: join(dir, 'v=2', 'env=prod') }).forTry({
      ...{ execution: 'exec_test', attempt: 1, step: 's', try: 1 },
    });
    const options = { projectDir: project, artifacts };
    const expected = [{ id: 1, run: 'abc', env: 'x' }];
    expect((await run({ sql: 'FROM w', inputs: { w: 'run=7/own.parquet' } }, options)).rows).toEqual(expected);
    expect((await run({ sql: 'FROM w', inputs: { w: 'own.csv' } }, options)).rows).toEqual([{ id: 1, env: 'dev' }]);
    for (const format of ['csv', 'json', 'parquet']) {
      await run({ sql: "SELECT 7 AS v, 'dev' AS env", output: { name: `a.${format}`, format } }, options);
      const back = await run({ sql: 'FROM w', inputs: { w: `artifact://exec_test/s/a.${format}` } }, options);
      expect(back.rows).toEqual([{ v: 7, env: 'dev' }]);
    }
    await artifacts.dispose();
  });
});

describe('long numbers and NaN in JSON', () => {
  const long = '9007199254740993';
  it.each([
    [`'{"x":${long}}'::JSON`, { x: long }],
    [`to_json({'x': ${long}})`, { x: long }],
    [`json_object('x', ${long})`, { x: long }],
    [`json_array(${long})`, [long]],
    [`'{"x":[${long}]}'::JSON -> 'x'`, [long]],
    [`json_merge_patch('{"x":1}', '{"x":${long}}')`, { x: long }],
    [`(SELECT json_group_array(i) FROM (VALUES (${long}), (1)) t(i))`, [long, 1]],
    [`(SELECT json_group_object('x', ${long}))`, { x: long }],
    [`json_object('x', 'nan'::DOUBLE, 'y', '-inf'::DOUBLE)`, { x: 'NaN', y: '-Infinity' }],
    [`to_json(['inf'::DOUBLE])`, ['Infinity']],
  ] as [string, JsonValue][])('are text: %s', async (sql, expected) => {
    expect(await rows({ sql: `SELECT ${sql} AS j` })).toEqual([{ j: expected }]);
  });
});
