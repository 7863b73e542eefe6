import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../shared/schemas/json.ts';
import { newObserved } from '../run-operation.ts';
import { read, run, write } from './project.ts';

describe('duckdb json files', () => {
  it.each([
    ['case.json', '[{"id":1,"ID":2}]', '"id" and "ID"'],
    ['case.jsonl', '{"id":1}\n{"x":{"ID":1},"Id":2}\n', '"id" and "Id"'],
    ['empty.json', '[{"":1}]', 'the key ""'],
    ['twice.json', '[{"b":1},\n{"a":1,"a":2}]', 'line 2: the key "a"'],
    ['twice-inside.json', '[{"x":[{"a":1,"a":2}],"y":0}]', 'the key "a"'],
    ['twice-escaped.jsonl', '{"a":1,"\\u0061":2}', 'the key "a"'],
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

  it('are read in the encoding of their options', async () => {
    expect(await read('utf16.json', Buffer.from('\ufeff[{"é":"ü"}]', 'utf16le'), { encoding: 'utf-16' })).toEqual([
      { é: 'ü' },
    ]);
  });
});
