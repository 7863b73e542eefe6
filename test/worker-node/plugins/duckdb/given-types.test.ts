import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../shared/schemas/json.ts';
import { projectDir, rows, write } from './project.ts';

const readAs = (source: string, type: string, options: JsonObject = {}) =>
  rows({
    sql: 'SELECT x::VARCHAR AS x FROM w',
    inputs: { w: { source, options: { ...options, types: { x: type } } } },
  });

const refused = async (rows: Promise<unknown>, ...words: string[]) => {
  const error = await rows.catch((caught: Error) => caught);
  expect(error).toMatchObject({ code: 'INVALID_INPUT', retryable: false });
  for (const word of words) expect((error as Error).message).toContain(word);
};

describe('types that options give to the columns of text', () => {
  it.each([
    ['01234', 'INTEGER', '1234'],
    ['+5', 'TINYINT', '5'],
    ['2.00', 'INTEGER', '2'],
    ['0.1', 'FLOAT', '0.1'],
    ['1.50', 'DECIMAL(5,1)', '1.5'],
    ['15e-2', 'DECIMAL(5,2)', '0.15'],
    ['-0.00', 'DECIMAL(5,1)', '0.0'],
    ['12345678901234567890', 'BIGNUM', '12345678901234567890'],
    ['2024-01-02', 'TIMESTAMP', '2024-01-02 00:00:00'],
    ['2024-01-02', 'TIMESTAMP_NS', '2024-01-02 00:00:00'],
    ['10:11:12.123456789', 'TIME_NS', '10:11:12.123456789'],
    ['2024-01-02', 'DATE', '2024-01-02'],
    ['2024-01-02 00:00:00', 'DATE', '2024-01-02'],
    ['10:11:12.5', 'TIME', '10:11:12.5'],
    ['2024-01-02T10:11:12.5', 'TIMESTAMP_MS', '2024-01-02 10:11:12.5'],
    ['2024-01-02 10:11:12.123456789', 'TIMESTAMP_NS', '2024-01-02 10:11:12.123456789'],
    ['2024-01-02 10:11:12+02', 'TIMESTAMPTZ', '2024-01-02 08:11:12+00'],
    ['yes', 'BOOLEAN', 'true'],
    ['[1,2]', 'INTEGER[]', '[1, 2]'],
    ['[1, 2.50]', 'DOUBLE[]', '[1.0, 2.5]'],
    ["{'a': 1, 'b': x}", 'STRUCT(a INTEGER, b VARCHAR)', "{'a': 1, 'b': x}"],
  ])('read %s as %s', async (text, type, expected) => {
    const source = await write('given.csv', `x\n"${text}"\n`);
    expect(await readAs(source, type)).toEqual([{ x: expected }]);
  });

  it.each([
    ['1.5', 'INTEGER'],
    ['300', 'TINYINT'],
    ['1e2', 'INTEGER'],
    ['1.55', 'DECIMAL(5,1)'],
    ['15e-3', 'DECIMAL(5,2)'],
    ['1.5', 'BIGNUM'],
    ['2024-01-02 00:00:00+02', 'DATE'],
    ['2024-01-02 10:11+02', 'TIMESTAMP'],
    ['2024-01-02 10:11:12 Europe/Paris', 'TIMESTAMP'],
    ['10:11:12.1234567+02', 'TIMETZ'],
    ['2024-01-02 12:34:56', 'DATE'],
    ['2024-01-02 10:11:12+02', 'TIMESTAMP'],
    ['2024-01-02 10:11:12Z', 'TIMESTAMP_NS'],
    ['2024-01-02 10:11:12.1234567', 'TIMESTAMP'],
    ['2024-01-02 10:11:12.1234567+00', 'TIMESTAMPTZ'],
    ['2024-01-02 10:11:12.5', 'TIMESTAMP_S'],
    ['2024-01-02 10:11:12.5005', 'TIMESTAMP_MS'],
    ['10:11:12.1234567', 'TIME'],
    ['2024-01-02 10:11:12', 'TIME'],
    ['[1.5]', 'INTEGER[]'],
    ["{'a': 1.5}", 'STRUCT(a INTEGER)'],
  ])('refuse %s as %s, with its place', async (text, type) => {
    const source = await write('given.csv', `x\n"${text}"\n`);
    await refused(readAs(source, type), 'line 2', '"x"', text);
  });

  it.each([
    ['02.01.2024', 'DATE', { date_format: '%d.%m.%Y' }, '2024-01-02'],
    ['2.1.2024 9:05', 'TIMESTAMP', { timestamp_format: '%d.%m.%Y %H:%M' }, '2024-01-02 09:05:00'],
    ['2024 12 +0200', 'TIMESTAMPTZ', { timestamp_format: '%Y %H %z' }, '2024-01-01 10:00:00+00'],
    ['2024 0.123456789', 'TIMESTAMP_NS', { timestamp_format: '%Y %S.%n' }, '2024-01-01 00:00:00.123456789'],
  ])('read %s as %s by the format %j', async (text, type, options, expected) => {
    expect(await readAs(await write('format.csv', `x\n${text}\n`), type, options)).toEqual([{ x: expected }]);
  });

  it.each([
    ['2024 12 +0200', 'TIMESTAMP', { timestamp_format: '%Y %H %z' }],
    ['2024 0.123456789', 'TIMESTAMP', { timestamp_format: '%Y %S.%n' }],
    ['2024 0.5', 'TIMESTAMP_S', { timestamp_format: '%Y %S.%f' }],
    ['Mon 29.02.2024', 'DATE', { date_format: '%a %d.%m.%Y' }],
  ])('refuse %s as %s by the format %j', async (text, type, options) => {
    await refused(readAs(await write('format.csv', `x\n${text}\n`), type, options), 'line 2', '"x"');
  });

  it('take a point for a mistake where the comma separates decimals', async () => {
    const options = { decimal: ',', delimiter: ';' };
    expect(await readAs(await write('comma.csv', 'x\n1,5\n'), 'DOUBLE', options)).toEqual([{ x: '1.5' }]);
    const source = await write('point.csv', 'x\n1.500\n');
    await refused(readAs(source, 'DOUBLE', options), 'line 2', '1.500');
  });

  it.each([
    [{ y: 'INTEGER' }, 'names the column "y"'],
    [{ x: 'NUMBER!' }, '"NUMBER!" is no type'],
    [{ x: 'INTEGER), (1' }, 'is no type'],
  ])('are refused where there is no such column or type: %j', async (types, words) => {
    for (const source of [await write('given.csv', 'x\n1\n'), await write('given.jsonl', '{"x":"1"}\n')])
      await refused(rows({ sql: 'FROM w', inputs: { w: { source, options: { types } } } }), words);
  });
});

describe('types that options give to the columns of JSON', () => {
  it.each([
    ['["a, b",null,"c\\"d"]', 'VARCHAR[]', ['a, b', null, 'c"d']],
    ['[1,"2",3.0]', 'INTEGER[]', [1, 2, 3]],
    ['[1,2]', 'INTEGER[2]', [1, 2]],
    ['[{"y":[9007199254740993]}]', 'STRUCT(y UBIGINT[])[]', [{ y: ['9007199254740993'] }]],
    ['{"a b":"x,}","d":"2024-02-29"}', 'STRUCT("a b" VARCHAR, d DATE)', { 'a b': 'x,}', d: '2024-02-29' }],
    [
      '{"a":1,"b/~":null}',
      'MAP(VARCHAR, BIGINT)',
      [
        { key: 'a', value: 1 },
        { key: 'b/~', value: null },
      ],
    ],
    ['{"a":{"b":[1]}}', 'MAP(VARCHAR, MAP(VARCHAR, INTEGER[]))', [{ key: 'a', value: [{ key: 'b', value: [1] }] }]],
    ['"text"', 'JSON', 'text'],
    ['{"a":[1,"x"]}', 'JSON', { a: [1, 'x'] }],
  ] as [string, string, JsonValue][])('read %s as %s', async (json, type, expected) => {
    const inputs = {
      w: { source: await write('given.json', `[{"x":${json}},{"x":null}]`), options: { types: { x: type } } },
    };
    expect(await rows({ sql: 'FROM w', inputs })).toEqual([{ x: expected }, { x: null }]);
  });

  it.each([
    ['[1,2.5]', 'INTEGER[]'],
    ['[1,2]', 'INTEGER[3]'],
    ['"a"', 'VARCHAR[]'],
    ['{"a":1,"b":2}', 'STRUCT(a BIGINT)'],
    ['{"a":1.5}', 'STRUCT(a BIGINT)'],
    ['{"a":{"b":1,"c":2.5}}', 'MAP(VARCHAR, MAP(VARCHAR, INTEGER))'],
    ['{"a":1}', 'MAP(INTEGER, INTEGER)'],
  ])('refuse %s as %s, with its place', async (json, type) => {
    await refused(readAs(await write('given.jsonl', `{"x":null}\n{"x":${json}}\n`), type), 'line 2', '"x"');
  });
});

describe('types that options give to the columns of Parquet', () => {
  it.each(['TIMESTAMP', 'DATE', 'TIMESTAMP_NS'])('refuse to drop a zone: %s', async (type) => {
    await refused(readAs(await parquet("'2024-01-02 00:00:00+02'::TIMESTAMPTZ"), type), '"x"', 'zone');
  });

  const parquet = async (value: string) => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run(`COPY (SELECT ${value} AS x) TO '${join(projectDir, 'data', 'given.parquet')}'`);
    connection.closeSync();
    instance.closeSync();
    return 'data/given.parquet';
  };

  it.each([
    ['7::BIGINT', 'VARCHAR', '7'],
    ['7::BIGINT', 'TINYINT', '7'],
    ['2.0::DOUBLE', 'INTEGER', '2'],
    ["'2024-01-02'", 'DATE', '2024-01-02'],
    ["'2024-01-02'::DATE", 'TIMESTAMP', '2024-01-02 00:00:00'],
    ['[1.0::DOUBLE]', 'INTEGER[]', '[1]'],
  ])('read %s as %s', async (value, type, expected) => {
    expect(await readAs(await parquet(value), type)).toEqual([{ x: expected }]);
  });

  it.each([
    ['1.5::DOUBLE', 'INTEGER', '1.5'],
    ['9007199254740993::BIGINT', 'DOUBLE', '9007199254740993'],
    ['0.1::DOUBLE', 'FLOAT', '0.1'],
    ["'2024-01-02 10:11:12'::TIMESTAMP", 'DATE', '10:11:12'],
    ["'2024-01-02 10:11:12'", 'DATE', '10:11:12'],
    ["'x'", 'INTEGER', 'x'],
    ['[1.5::DOUBLE]', 'INTEGER[]', '1.5'],
  ])('refuse %s as %s, by its value', async (value, type, shown) => {
    await refused(readAs(await parquet(value), type), '"x"', shown, 'does not fit');
  });
});
