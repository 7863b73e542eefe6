import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dir, projectDir, run } from './project.ts';

describe('duckdb errors', () => {
  it.each([
    ['SELEC 1', { type: 'Parser', line: 1, column: 1 }],
    ['SELECT 1;\nSELECT nope FROM range(3)', { type: 'Binder', line: 2, column: 8 }],
    ["SELECT 'é', 'x'::INT", { type: 'Conversion', line: 1, column: 16 }],
    ["SELECT '😀', 'x'::INT", { type: 'Conversion', line: 1, column: 16 }],
    ['SELECT * FROM absent', { type: 'Catalog', line: 1, column: 15 }],
  ])('says where %j is wrong, and is final', async (sql, details) => {
    await expect(run({ sql })).rejects.toMatchObject({ code: 'SQL_ERROR', retryable: false, details });
  });

  it.each(['-- nothing', ';', '  ;; '])('fails on %j, which holds no statement', async (sql) => {
    const message = 'Parser Error: the SQL holds no statement';
    await expect(run({ sql })).rejects.toMatchObject({ code: 'SQL_ERROR', message });
  });

  it('names the source, never the local path, when a file cannot be read', async () => {
    const failing = run({ sql: 'SELECT * FROM p', inputs: { p: { source: 'data/people.csv', format: 'parquet' } } });
    await expect(failing).rejects.toMatchObject({ message: expect.stringContaining('data/people.csv') });
    await expect(failing).rejects.not.toMatchObject({ message: expect.stringContaining(projectDir) });
  });

  it('stays within its memory', async () => {
    const sql = "SELECT list(repeat('x', 1000) || range) FROM range(10000000)";
    await expect(run({ sql })).rejects.toMatchObject({ code: 'SQL_ERROR', details: { type: 'Out of Memory' } });
  });

  it.each([
    ['../secret.csv', 'ACCESS_DENIED'],
    ['/etc/passwd', 'ACCESS_DENIED'],
    ['data/../../secret.csv', 'ACCESS_DENIED'],
    ['data/link.csv', 'ACCESS_DENIED'],
    ['.wf/data/api-keys.json', 'ACCESS_DENIED'],
    ['data/absent.csv', 'FILE_NOT_FOUND'],
    ['data', 'FILE_NOT_FOUND'],
    ['data/plain', 'INVALID_INPUT'],
    ['data/a*.csv', 'INVALID_INPUT'],
    ['artifact://exec_other/step/a.csv', 'ARTIFACT_NOT_FOUND'],
  ])('refuses the input %s', async (source, code) => {
    const input = source.includes('plain') ? source : source === 'data' ? { source, format: 'csv' } : source;
    await expect(run({ sql: 'SELECT * FROM i', inputs: { i: input } })).rejects.toMatchObject({
      code,
      retryable: false,
    });
  });
});

describe('duckdb sandbox', () => {
  it.each([
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('SECRET')",
    "SELECT * FROM read_text('PROJECT/data/people.csv')",
    "SELECT * FROM read_text('PROJECT/data/link.csv')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
    "ATTACH '/tmp/wf-escape.db'",
    "COPY (SELECT 1) TO 'PROJECT/data/people.csv'",
    "COPY (SELECT 1) TO '/dev/stdout'",
    "EXPORT DATABASE 'PROJECT/escape'",
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET enable_external_access = true',
    "SET allowed_directories = ['/']",
    "SET memory_limit = '100GB'",
    'SET lock_configuration = false',
    "PRAGMA profiling_output = 'PROJECT/escape'",
  ])('refuses %s', async (sql) => {
    const bound = sql.replace('SECRET', join(dir, 'secret.csv')).replace('PROJECT', projectDir);
    const failing = run({ sql: bound, inputs: { e: 'data/events.jsonl' } });
    await expect(failing).rejects.toMatchObject({ code: expect.stringMatching(/^(ACCESS_DENIED|SQL_ERROR)$/) });
    expect(await readdir(projectDir)).toEqual(['.wf', 'data']);
    expect(await readFile(join(projectDir, 'data', 'people.csv'), 'utf8')).toContain('Ada');
  });

  it('hides the environment of the worker', async () => {
    await expect(run({ sql: "SELECT getenv('PATH')" })).rejects.toMatchObject({ code: 'SQL_ERROR' });
  });
});
