import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { read } from './project.ts';

/** Files that pyarrow has written: see files/README.md. */
const fileOf = (name: string) => readFile(new URL(`files/${name}.parquet`, import.meta.url));

describe('parquet files of others', () => {
  it.each([
    ['decimal256', '"a" holds decimals of 40 digits'],
    ['nanoseconds-utc', '"t" holds the time 1704067200123456789 ns'],
    ['nanoseconds-in-list.zstd', '"l" holds the time 1704067200123456789 ns'],
    ['nanoseconds-in-struct.gzip', '"s" holds the time 1704067200123456789 ns'],
    ['nanoseconds-int96.brotli', '"t" holds the time 1704067200123456789 ns'],
    ['microseconds-int96.lz4', '"t" lose nanoseconds cannot be seen'],
  ])('are refused where DuckDB would read other values: %s', async (name, words) => {
    await expect(read(`${name}.parquet`, await fileOf(name))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      retryable: false,
      message: expect.stringContaining(words),
    });
  });

  it('keep nanoseconds without a zone, and microseconds with one', async () => {
    expect(await read('times.parquet', await fileOf('microseconds-utc'))).toEqual([
      { t: '2024-01-01T00:00:00.123456Z', n: '2024-01-01T00:00:00.123456789' },
      { t: null, n: '1970-01-01T00:00:00.000000001' },
    ]);
  });
});
