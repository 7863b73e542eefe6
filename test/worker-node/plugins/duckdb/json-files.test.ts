import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../shared/schemas/json.ts';
import { duckdb } from '../../../../worker-node/plugins/duckdb/plugin.ts';
import { newObserved, operationOf, runOperation } from '../run-operation.ts';
import { dir, projectDir, read, rows, run, write } from './project.ts';
import { runHere } from './run-here.ts';

describe('duckdb json files', () => {
  it.each([
    ['case.json', '[{"id":1,"ID":2}]', '"id" and "ID"'],
    ['case.jsonl', '{"id":1}\n{"x":{"ID":1},"Id":2}\n', '"id" and "Id"'],
    ['empty.json', '[{"":1}]', 'the key ""'],
    ['twice.json', '[{"b":1},\n{"a":1,"a":2}]', 'line 2: the key "a"'],
    ['twice-inside.json', '[{"x":[{"a":1,"a":2}],"y":0}]', 'the key "a"'],
    ['twice-escaped.jsonl', '{"a":1,"\\u0061":2}', 'the key "a"'],
    ['nul.json', '[{"x\\u0000y":1}]', 'line 1: the key "x\\u0000y" holds a NUL'],
    ['nul.jsonl', '{"a":1}\n{"a\\u0000":1}', 'line 2: the key "a\\u0000" holds a NUL'],
  ])('are refused for keys of which SQL would lose one: %s', async (name, text, named) => {
    await expect(read(name, text)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      retryable: false,
      message: expect.stringContaining(named),
    });
  });

  it.each([
    ['other cases inside', [{ a: { id: 1, ID: 2 } }]],
    ['other cases inside of several', [{ a: { id: 1 } }, { a: { ID: 2 } }]],
    ['an empty key inside', [{ a: { '': 1 } }]],
    ['one key in several objects', [{ a: [{ a: 1 }, { a: 2 }], b: { a: 3 } }]],
    ['a NUL in a key inside', [{ a: { 'x\0y': 1 } }]],
    ['letters beyond ASCII that differ in case', [{ É: 1, é: 2 }]],
    ['a key beyond a chunk', [{ ['k'.repeat(3 * 2 ** 20)]: 1 }]],
    ['quotes in keys', [{ 'a"b': 1, "it's": 2, 'é{,': 3 }]],
    ['mixed shapes', [null, 'x', '01', 1, 1.5, true, [1, 'y', [2]], { b: 1 }, [], {}, 'null', ''].map((a) => ({ a }))],
    ['text and numbers', [{ a: 'x' }, { a: 1 }, { a: null }]],
    ['lists and numbers', [{ a: [1, 2] }, { a: 3 }]],
    ['truth and its word', [{ a: true }, { a: 'true' }]],
    ['fields of several shapes', [{ a: { b: 1 } }, { a: { b: 'x' } }, { a: { b: [1] } }]],
  ] as [string, JsonValue[]][])('keep every value: %s', async (_, records) => {
    expect(await read('kept.json', JSON.stringify(records))).toEqual(records);
    expect(await read('kept.jsonl', records.map((record) => JSON.stringify(record)).join('\n'))).toEqual(records);
  });

  it.each([
    ['no JSON', '{"a":1}\n\n{"a":\n{"a":3}\n', {}, [1, 3], [3]],
    ['a key given twice', '{"a":1}\n{"a":2,"a":3}\n', {}, [1], [2]],
    ['a value of another type', '{"a":1}\n{"a":"x"}\n{"a":null}\n', { types: { a: 'INTEGER' } }, [1, null], [2]],
    ['half a character', '{"a":1}\n{"a":"\\ud800"}\n', {}, [1], [2]],
    ['no object', '{"a":1}\n5\nnull\n{"a":2}\n', {}, [1, 2], [2, 3]],
    ['both', '{"a":1}\n{"a":\n{"a":"x"}\n{"a":3}\n', { types: { a: 'INTEGER' } }, [1, 3], [2, 3]],
  ] as [string, string, JsonObject, JsonValue[], number[]][])(
    'leave out lines when told to, and count them: %s',
    async (_, text, options, kept, lines) => {
      const source = await write('bad.jsonl', text);
      const observed = newObserved();
      const inputs = { w: { source, options: { ...options, bad_lines: 'skip' } } };
      const answer = await run({ sql: 'SELECT a FROM w', inputs }, { observed });
      expect(answer.rows).toEqual(kept.map((a) => ({ a })));
      expect(observed.logs).toMatchObject([{ level: 'WARN', metadata: { input: 'w', count: lines.length, lines } }]);
    },
  );

  it('name the line of a value that its type does not hold', async () => {
    await expect(read('type.jsonl', '{"a":1}\n\n{"a":"x"}\n', { types: { a: 'INTEGER' } })).rejects.toMatchObject({
      message: expect.stringContaining('line 3, column "a": "x"'),
    });
  });

  it.each([
    [{ null: ['NA'] }, [{ a: 'NA' }, { a: 'x' }], [{ a: null }, { a: 'x' }]],
    [{ all_text: true }, [{ a: 1 }, { a: true }], [{ a: '1' }, { a: 'true' }]],
    [{ date_format: '%d.%m.%Y' }, [{ a: '29.02.2024' }], [{ a: '2024-02-29' }]],
    [{ timestamp_format: '%d.%m.%Y %H:%M' }, [{ a: '29.02.2024 12:30' }], [{ a: '2024-02-29T12:30:00' }]],
    [{ types: { a: 'DECIMAL(5,2)' } }, [{ a: '1.25' }], [{ a: 1.25 }]],
  ] as [JsonObject, JsonValue[], JsonValue[]][])('are read by the options %j', async (options, records, expected) => {
    expect(await read('options.json', JSON.stringify(records), options)).toEqual(expected);
  });

  const long = '9007199254740993';
  it.each([
    [`[{"id":9,"x":1.5},{"id":${long},"x":2.5},{"id":10,"x":1}]`, 'id', 'BIGINT', long],
    [`[{"x":{"id":9,"y":1.5}},{"x":{"id":${long},"y":1}}]`, 'x.id', 'BIGINT', long],
    ['[{"id":1},{"id":18446744073709551616},{"id":9}]', 'id', 'HUGEINT', '18446744073709551616'],
    ['[9,18446744073709551616]', 'json', 'HUGEINT', '18446744073709551616'],
    [`[{"x":1.5},{"x":${long}},{"x":10.25}]`, 'x', 'DECIMAL(38,2)', `${long}.00`],
    ['[{"x":10},{"x":1.12345678901234567},{"x":9}]', 'x', 'DECIMAL(38,18)', '10.000000000000000000'],
    ['[{"x":10},{"x":1e400}]', 'x', 'VARCHAR', '1e400'],
    ['[{"x":1.5},{"x":NaN},{"x":12345678901234567890}]', 'x', 'VARCHAR', 'NaN'],
  ])('compare long numbers as numbers, whatever stands beside them: %s', async (text, column, type, max) => {
    for (const name of ['long.json', 'long.json.gz']) {
      const source = await write(name, name.endsWith('gz') ? gzipSync(text) : text);
      const answer = await run({ sql: `SELECT max(${column}) AS x FROM w`, inputs: { w: source } });
      expect(answer).toMatchObject({ columns: [{ type }], rows: [{ x: max }] });
    }
  });

  it.each([
    ['[{"x":[1]},{"x":[1.5]}]', [[1], [1.5]]],
    [`[{"x":{"id":${long}}},{"x":[${long}]},{"x":"a"}]`, [{ id: long }, [long], 'a']],
    [`[{"x":[${long}]},{"x":[1.5]}]`, [[long], [1.5]]],
  ] as [string, JsonValue[]][])('keep numbers of mixed shapes, compressed too: %s', async (text, expected) => {
    const found = expected.map((x) => ({ x }));
    expect(await read('mixed.json.gz', gzipSync(text))).toEqual(found);
    expect(await read('mixed.jsonl.gz', gzipSync(text.slice(1, -1).replaceAll('},{"x"', '}\n{"x"')))).toEqual(found);
  });

  it.each([
    [`[{"x":${long}},{"x":1.5}`, {}],
    [`[{"x":${long}},{"x":1.5`, {}],
    ['[{"x":0.12345678901234567},{"x" 1.5}]', {}],
    [Buffer.from('[{"x":1},{"x":', 'utf16le'), { encoding: 'utf-16' }],
    ['\ufeff[{"x":1},{"x"}]', {}],
  ] as [string | Buffer, JsonObject][])(
    'fail the step when they are damaged where a copy is read: %s',
    async (...given) => {
      const [text, options] = given;
      await expect(read('copy.json', text, options)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        retryable: false,
        message: expect.stringContaining('line 1'),
      });
    },
  );

  it.each([
    ['none.json', '[]', [], []],
    ['none.jsonl', '\n', [], []],
    ['keyless.json', '[{},{}]', [{ json: {} }, { json: {} }], [{ a: null }, { a: null }]],
    ['keyless.jsonl', '{}\n{}', [{ json: {} }, { json: {} }], [{ a: null }, { a: null }]],
  ] as [string, string, JsonValue, JsonValue][])(
    'without a key have no columns but those that options name: %s',
    async (name, text, bare, typed) => {
      expect(await read(name, text)).toEqual(bare);
      expect(await read(name, text, { types: { a: 'DATE' } })).toEqual(typed);
    },
  );

  it.each(['[{"a":1}]', '[]', '{"a":1}\n'])('are read without their byte order mark: %s', async (text) => {
    const plain = await read('mark.json', text);
    for (const bytes of [Buffer.from(`\ufeff${text}`), gzipSync(`\ufeff${text}`)])
      expect(await read('mark.json', bytes)).toEqual(plain);
  });

  it.each([
    ['9 MB', 'x'.repeat(9_000_000), { bad_lines: 'skip' }],
    ['many escapes', '\\n'.repeat(5_000_000), { bad_lines: 'skip' }],
  ] as [string, string, JsonObject][])('keep good lines however long they are: %s', async (_, text, options) => {
    const source = await write('long.jsonl', `{"a":1}\n{"b":"${text}"}\n{"a":2}\n`);
    const sql = 'SELECT count(*) AS n, max(length(b)) AS b FROM w';
    expect(await rows({ sql, inputs: { w: { source, options } } })).toEqual([
      { n: 3, b: JSON.parse(`"${text}"`).length },
    ]);
  });

  it('keep lines beyond the limit that DuckDB sets by itself', async () => {
    const env = { WF_DUCKDB_MEMORY_LIMIT: '1GiB', WF_DUCKDB_THREADS: '1' };
    const query = operationOf(duckdb({ env, runner: runHere }), 'query');
    const source = await write('limit.jsonl', `{"a":"${'x'.repeat(17_000_000)}"}\n`);
    const answer = await runOperation(
      query,
      { sql: 'SELECT length(a) AS n FROM w', inputs: { w: source } },
      { projectDir },
    );
    expect(answer).toMatchObject({ rows: [{ n: 17_000_000 }] });
  });

  it.each([
    ['broken.json', '[{"a":1},\n{"a" 2}]', ['line 2', '{\\"a\\" 2}']],
    ['broken.json', '[{"a":1},\n\n{"a":2} {"a":3}]', ['line 3']],
    ['closed.json', '[{"a":1}]]', ['line 1', 'not opened']],
    ['half.jsonl', '{"a":1}\n{"a":"\\ud800"}', ['line 2', 'bad_lines']],
    ['half.json', '[{"a":1},\n{"a":"\\udc00"}]', ['line 2']],
    ['mixed.jsonl', '{"a":1}\n5\nnull\n', ['line 2', 'no object', 'bad_lines']],
    ['mixed.json', '[{"a":1},\nnull]', ['line 2', 'no object']],
  ] as [string, string, string[]][])('are refused with place and remedy: %s', async (name, text, words) => {
    const error = await read(name, text).catch((caught: Error) => caught);
    expect(error).toMatchObject({ code: 'INVALID_INPUT', retryable: false });
    for (const word of words) expect((error as Error).message).toContain(word.replaceAll('\\"', '"'));
    expect((error as Error).message).not.toContain(dir);
  });

  it('are read in the encoding of their options', async () => {
    expect(await read('utf16.json', Buffer.from('\ufeff[{"é":"ü"}]', 'utf16le'), { encoding: 'utf-16' })).toEqual([
      { é: 'ü' },
    ]);
  });
});
