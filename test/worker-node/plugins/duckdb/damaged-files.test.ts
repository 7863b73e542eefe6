import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../shared/schemas/json.ts';
import { dir, read, rows, run, write } from './project.ts';

/** A Parquet file of a few pages, as DuckDB writes it. */
async function parquet(sql: string): Promise<Buffer> {
  const path = join(dir, 'made.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  return readFile(path);
}

function flipped(bytes: Buffer, ...places: number[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const place of places) copy[place] = (copy[place] ?? 0) ^ 0xff;
  return copy;
}

describe('gzip files of duckdb', () => {
  it.each(['csv', 'jsonl'])('are read to the end of their last member: %s', async (format) => {
    const [first, second] = format === 'csv' ? ['x\n1\n', '2\n'] : ['{"x":1}\n', '{"x":2}\n'];
    expect(await read(`members.${format}.gz`, Buffer.concat([gzipSync(first), gzipSync(second)]))).toEqual([
      { x: 1 },
      { x: 2 },
    ]);
  });

  const good = gzipSync('x\n1\n');
  const second = gzipSync('2\n');
  it.each([
    ['garbage after the data', Buffer.concat([good, Buffer.from('garbage')])],
    ['zeros after the data', Buffer.concat([good, Buffer.alloc(512)])],
    ['a second member with another checksum', Buffer.concat([good, flipped(second, second.length - 6)])],
    ['a second member that is cut off', Buffer.concat([good, second.subarray(0, -4)])],
    ['a second member of one byte', Buffer.concat([good, second.subarray(0, 1)])],
    ['a first member without its end', good.subarray(0, -4)],
    ['a first member with another length', flipped(good, good.length - 1)],
  ])('fail the step with %s', async (_, bytes) => {
    for (const name of ['damaged.csv.gz', 'damaged.tsv.gz'])
      await expect(read(name, bytes)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        retryable: false,
        message: expect.stringMatching(new RegExp(`data/${name}.*(cut off|damaged)`)),
      });
  });

  const rewritten: [string, JsonObject][] = [
    ['csv', { comment: '#' }],
    ['csv', { all_text: true }],
    ['csv', { encoding: 'latin-1' }],
    ['csv', { skip: 1 }],
    ['csv', { bad_lines: 'skip' }],
    ['jsonl', {}],
    ['jsonl', { bad_lines: 'skip' }],
    ['json', { encoding: 'utf-16' }],
  ];
  it.each(rewritten)('fail the step with a later member of zeros: %s with %j', async (format, options) => {
    const text = {
      csv: 'x\ny\n1\n',
      jsonl: '{"x":9007199254740993}\n{"x":1.5}\n',
      json: Buffer.from('[{"x":1}]', 'utf16le'),
    }[format];
    const bytes = Buffer.concat([gzipSync(text ?? ''), Buffer.alloc(gzipSync('2\n').length)]);
    await expect(read(`zeros.${format}.gz`, bytes, options)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      retryable: false,
      message: expect.stringContaining('after its gzip data'),
    });
  });

  it('fail the step when JSON lines are cut off, too', async () => {
    const bytes = gzipSync('{"x":1}\n{"x":2}\n');
    await expect(read('cut.jsonl.gz', bytes.subarray(0, -3))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

describe('parquet files of duckdb', () => {
  it('fail the step when they are cut off, empty or have another end', async () => {
    const good = await parquet('SELECT range AS i FROM range(1000)');
    const wrong = [
      good.subarray(0, -20),
      good.subarray(0, good.length / 2),
      Buffer.alloc(0),
      Buffer.concat([good, Buffer.from('more')]),
      // The length of the footer.
      flipped(good, good.length - 5),
      flipped(good, good.length - 1),
      // The beginning of the footer.
      flipped(good, good.length - 8 - good.readUInt32LE(good.length - 8)),
    ];
    for (const bytes of wrong)
      await expect(read('damaged.parquet', bytes)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        retryable: false,
        message: expect.stringContaining('data/damaged.parquet'),
      });
  });

  it('fail the step when it reads a page that is damaged', async () => {
    const good = await parquet("SELECT range AS i, repeat('x', 20) || range AS t FROM range(300000)");
    // Blocks that the compression cannot be undone for, in the middle of the rows.
    const damaged = Buffer.from(good).fill(0, good.length / 2, good.length / 2 + 2_000);
    const source = await write('page.parquet', damaged);
    const inputs = { w: source };
    await expect(run({ sql: 'SELECT max(t), sum(i) FROM w', inputs })).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining('data/page.parquet'),
    });
    expect(await rows({ sql: 'SELECT count(*) AS n FROM w', inputs })).toEqual([{ n: 300000 }]);
  });

  it('are read where fields inside of columns have the names of others', async () => {
    const bytes = await parquet("SELECT {'a': 1, 'A_1': 2, 'b': [{'id': 3}]} AS s, 4 AS a, 5 AS id, 6 AS s_1");
    expect(await read('fields.parquet', bytes)).toEqual([{ s: { a: 1, A_1: 2, b: [{ id: 3 }] }, a: 4, id: 5, s_1: 6 }]);
  });

  it('are refused when two columns are one name, even where a field has the name that DuckDB makes', async () => {
    const bytes = await parquet(`SELECT {'IX_1': 1} AS s, 1 AS id, 2 AS "IX"`);
    for (let at = bytes.indexOf('IX'); at >= 0; at = bytes.indexOf('IX')) bytes.write('ID', at);
    await expect(read('twins.parquet', bytes)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('"id" and "ID"'),
    });
  });

  it('are refused when two columns are one name to SQL', async () => {
    const bytes = await parquet('SELECT 1 AS id, 2 AS "IX"');
    for (let at = bytes.indexOf('IX'); at >= 0; at = bytes.indexOf('IX')) bytes.write('ID', at);
    await expect(read('twins.parquet', bytes)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('"id" and "ID"'),
    });
  });
});
