import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../shared/schemas/json.ts';
import { createArtifactStore } from '../../../../worker-node/artifacts/artifact-store.ts';
import { newObserved, operationOf } from '../run-operation.ts';
import { dir, plugin, projectDir, read, run, write } from './project.ts';

/** The message with which a file is refused. */
const refusal = async (name: string, text: string | Buffer, options?: JsonObject): Promise<string> => {
  const error = await read(name, text, options).catch((caught: Error) => caught);
  expect(error).toMatchObject({ code: 'INVALID_INPUT', retryable: false });
  return (error as Error).message;
};

describe('rows of csv files', () => {
  it.each([
    ['\n\na,b\n1,2\n', {}, [{ a: 1, b: 2 }]],
    ['\r\n\r\na,b\r\n1,2\r\n', {}, [{ a: 1, b: 2 }]],
    ['\na\n1\n\n2\n', {}, [{ a: 1 }, { a: null }, { a: 2 }]],
    ['\n\n1\n2\n', { header: false }, [{ column0: 1 }, { column0: 2 }]],
    ['\n\n1,2\n', { header: false }, [{ column0: 1, column1: 2 }]],
    ['# note\n\na,b\n1,2\n', { comment: '#' }, [{ a: 1, b: 2 }]],
    ['x\n\na,b\n1,2\n', { skip: 1 }, [{ a: 1, b: 2 }]],
    ['\na,b\n1\n1,2\n', { bad_lines: 'skip' }, [{ a: 1, b: 2 }]],
  ] as [string, JsonObject, JsonValue][])(
    'begin below the first line that holds something: %j, %j',
    async (...given) => {
      const [text, options, expected] = given;
      expect(await read('blank.csv', text, options)).toEqual(expected);
    },
  );

  it.each([
    ['a,b\n1, "x"\n', [{ a: 1, b: ' "x"' }]],
    ['a,b\n1,  "x""y" z\n', [{ a: 1, b: '  "x""y" z' }]],
    ['a,b\n "1",""\n', [{ a: ' "1"', b: '' }]],
    ['a, "b"\n1,x"y"\n', [{ a: 1, ' "b"': 'x"y"' }]],
    ['a,b\n1,\t"x"\n', [{ a: 1, b: '\t"x"' }]],
  ] as [string, JsonValue][])('keep quotes that stand after a space: %j', async (text, expected) => {
    expect(await read('spaced.csv', text)).toEqual(expected);
  });

  it('end in a lone carriage return', async () => {
    expect(await read('return.csv', 'a,b\n1,2\r')).toEqual([{ a: 1, b: 2 }]);
  });

  it('keep names that differ in the case of letters beyond ASCII', async () => {
    expect(await read('accents.csv', 'É,é\n1,2\n')).toEqual([{ É: 1, é: 2 }]);
  });

  it('hold every text, quoted where it must be or not', async () => {
    const cell = fc.tuple(
      fc.string({ unit: fc.constantFrom('a', '1', ' ', '\t', '"', ',', '\n', '\r', '\\', "'", 'é') }),
      fc.boolean(),
    );
    const files = fc.record({
      rows: fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }),
      end: fc.constantFrom('\n', '\r\n'),
      blank: fc.nat(2),
    });
    await fc.assert(
      fc.asyncProperty(files, async ({ rows, end, blank }) => {
        const written = ([text, quote]: [string, boolean]) =>
          quote || text === '' || /^"|[,\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
        const lines = ['a,b', ...rows.map((row) => row.map(written).join(','))];
        const text = `${end.repeat(blank)}${lines.join(end)}${end}`;
        expect(await read('any.csv', text, { all_text: true })).toEqual(rows.map(([[a], [b]]) => ({ a, b })));
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});

describe('cells of csv and tsv files', () => {
  it.each([
    [{ null: [] }, 'a,b\n,1\n', [{ a: '', b: 1 }]],
    [{ null: ['NA'] }, 'a,b\n,NA\n', [{ a: '', b: null }]],
    [{ null: ['NA'] }, 'a\n1\nNA\n\n', [{ a: '1' }, { a: null }, { a: '' }]],
    [{}, 'a\n1\n\n3\n', [{ a: 1 }, { a: null }, { a: 3 }]],
    [{}, 'a\n""\n\n', [{ a: '' }, { a: null }]],
    [{}, 'a\nyes\nno\n', [{ a: 'yes' }, { a: 'no' }]],
  ] as [JsonObject, string, JsonValue][])('are NULL by the option alone: %j %j', async (options, text, expected) => {
    expect(await read('null.csv', text, options)).toEqual(expected);
  });

  it.each(['tsv', 'tsv.gz', 'csv.gz'])('keep ids beyond signed integers in %s', async (extension) => {
    const text = ['id', 'n'].join(extension.startsWith('tsv') ? '\t' : ',');
    const row = ['18446744073709551615', '9223372036854775808'].join(extension.startsWith('tsv') ? '\t' : ',');
    const bytes = Buffer.from(`${text}\n${row}\n`);
    const source = await write(`ids.${extension}`, extension.endsWith('gz') ? gzipSync(bytes) : bytes);
    const answer = await run({ sql: 'FROM w', inputs: { w: source } });
    expect(answer).toMatchObject({
      columns: [{ type: 'UBIGINT' }, { type: 'UBIGINT' }],
      rows: [{ id: '18446744073709551615', n: '9223372036854775808' }],
    });
  });
});

describe('lines of csv files that are left out', () => {
  const many = `x\n${'9\n'.repeat(20_480)}`;
  it.each([
    ['oops\n10\n', 'BIGINT', 10, [20_482]],
    ['oops\n10\nno\n1.5\n', 'DOUBLE', 10, [20_482, 20_484]],
    ['oops\n01234\n', 'VARCHAR', '9', [20_482]],
  ] as [string, string, JsonValue, number[]][])(
    'leave the type of the others as it is: late %j',
    async (late, type, max, lines) => {
      const source = await write('late.csv', many + late);
      const observed = newObserved();
      const inputs = { w: { source, options: { bad_lines: 'skip' } } };
      const answer = await run({ sql: "SELECT max(x) AS x FROM w WHERE x > '0'", inputs }, { observed });
      expect(answer).toMatchObject({ columns: [{ type }], rows: [{ x: max }] });
      expect(observed.logs).toMatchObject([{ level: 'WARN', metadata: { input: 'w', count: lines.length, lines } }]);
    },
  );
});

describe('formats of times in csv files', () => {
  it.each([
    [{ date_format: '%Y%m%d' }, ['20240229', '20240301'], 'DATE', '2024-03-01'],
    [{ date_format: '%d.%m.%Y' }, ['1.2.2024', '29.02.2024'], 'DATE', '2024-02-29'],
    [{ date_format: '%d %B %Y' }, ['29 february 2024'], 'DATE', '2024-02-29'],
    [{ timestamp_format: '%d.%m.%Y %I:%M %p' }, ['29.02.2024 2:30 pm'], 'TIMESTAMP', '2024-02-29T14:30:00'],
    [
      { timestamp_format: '%d.%m.%Y %H:%M:%S.%n' },
      ['29.02.2024 12:00:00.123456789'],
      'TIMESTAMP_NS',
      '2024-02-29T12:00:00.123456789',
    ],
    [
      { timestamp_format: '%d.%m.%Y %H:%M %z' },
      ['29.02.2024 12:00 +0200'],
      'TIMESTAMP WITH TIME ZONE',
      '2024-02-29T10:00:00Z',
    ],
    // What the format would change or does not know stays text.
    [{ date_format: '%a %d.%m.%Y' }, ['Mon 29.02.2024'], 'VARCHAR', 'Mon 29.02.2024'],
    [{ date_format: '%Y%m%d' }, ['2024115'], 'BIGINT', 2024115],
    [
      { timestamp_format: '%d.%m.%Y %H:%M:%S.%f' },
      ['29.02.2024 12:00:00.1234567'],
      'VARCHAR',
      '29.02.2024 12:00:00.1234567',
    ],
  ] as [JsonObject, string[], string, JsonValue][])('are tried first, and change nothing: %j %j', async (...given) => {
    const [options, cells, type, max] = given;
    const source = await write('times.csv', `x\n${cells.join('\n')}\n`);
    const answer = await run({ sql: 'SELECT max(x) AS x FROM w', inputs: { w: { source, options } } });
    expect(answer).toMatchObject({ columns: [{ type }], rows: [{ x: max }] });
  });
});

describe('options of csv files', () => {
  const { config } = operationOf(plugin, 'query');
  it.each([
    [{ delimiter: '"' }, 'delimiter'],
    [{ quote: ',' }, 'delimiter'],
    [{ comment: ',' }, 'comment'],
    [{ null: ['a,b'] }, 'null'],
    [{ null: ['"'] }, 'null'],
    [{ names: ['a\0'] }, 'names'],
    [{ date_format: '%Q' }, 'date_format'],
    [{ date_format: '%d.%m.%Y %' }, 'date_format'],
    [{ date_format: '%d.%m.%Y %H:%M' }, 'date_format'],
    [{ timestamp_format: '%d.%m.%Y %n %z' }, 'timestamp_format'],
  ] as [JsonObject, string][])('are refused before a step runs where they say nothing: %j', (options, option) => {
    for (const input of [
      { source: 'a.csv', options },
      { source: 'a', format: 'csv', options },
    ]) {
      const parsed = config.safeParse({ sql: 'FROM w', inputs: { w: input } });
      expect(JSON.stringify(parsed.error?.issues)).toContain(`"options","${option}"`);
    }
  });

  it('are refused when the step runs where the format is known only then', async () => {
    const artifacts = createArtifactStore({ dir: join(dir, 'late') }).forTry({
      ...{ execution: 'exec_test', attempt: 1, step: 's', try: 1 },
    });
    const file = join(projectDir, await write('made.csv', 'a\n1\n'));
    await artifacts.put('made.csv', file);
    const inputs = { w: { source: 'artifact://exec_test/s/made.csv', options: { delimiter: '"' } } };
    await expect(run({ sql: 'FROM w', inputs }, { artifacts })).rejects.toMatchObject({
      message: expect.stringContaining('`delimiter`'),
    });
    await artifacts.dispose();
  });
});

describe('refusals of csv files', () => {
  it.each([
    ['a,b\n1,"2"x\n', {}, ['line 2, column "b"', 'text after a closing quote', '`quote: ""`']],
    ['a,b\n1,2\n"3,4\n5,6\n', {}, ['line 3, column "a"', 'not closed', '`quote: ""`']],
    ['"a"x,b\n1,2\n', {}, ['line 1, column 1', '`quote: ""`']],
    ['a,b\n1, "x,y"\n', {}, ['line 2', '3 cells', 'space']],
    ['a\0x,b\n1,2\n', {}, ['line 1, column 1', 'NUL', '`names`']],
  ] as [string, JsonObject, string[]][])('tell place and remedy: %j', async (text, options, words) => {
    const message = await refusal('wrong.csv', text, options);
    for (const word of words) expect(message).toContain(word);
  });
});
