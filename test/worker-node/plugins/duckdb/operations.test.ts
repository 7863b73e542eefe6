import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../shared/schemas/json.ts';
import { createArtifactStore } from '../../../../worker-node/artifacts/artifact-store.ts';
import { PluginError } from '../../../../worker-node/plugins/define-plugin.ts';
import { duckdb } from '../../../../worker-node/plugins/duckdb/plugin.ts';
import { newObserved, operationOf, type RunOptions, runOperation } from '../run-operation.ts';

const plugin = duckdb({ env: { WF_DUCKDB_MEMORY_LIMIT: '200MiB', WF_DUCKDB_THREADS: '2' } });
const query = operationOf(plugin, 'query');
const extractData = operationOf(plugin, 'extract_data');

let dir: string;
let projectDir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wf-duckdb-'));
  projectDir = join(dir, 'project');
  await mkdir(join(projectDir, 'data'), { recursive: true });
  await writeFile(join(dir, 'secret.csv'), 'secret\n1\n');
  await writeFile(join(projectDir, 'data', 'people.csv'), 'id,name\n1,Ada\n2,Grace\n3,Edith\n');
  await writeFile(join(projectDir, 'data', 'events.jsonl'), '{"id":1,"tags":["a","b"]}\n{"id":2,"tags":[]}\n');
  await writeFile(join(projectDir, 'data', "it's.csv"), 'x\n1\n');
  await writeFile(join(projectDir, 'data', 'a*.csv'), 'x\n1\n');
  await writeFile(join(projectDir, 'data', 'plain'), 'x\n1\n');
  await mkdir(join(projectDir, '.wf', 'data'), { recursive: true });
  await writeFile(join(projectDir, '.wf', 'data', 'api-keys.json'), '{"user":{"key":"secret"}}');
  await symlink(join(dir, 'secret.csv'), join(projectDir, 'data', 'link.csv'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const run = (config: JsonObject, options: RunOptions = {}) =>
  runOperation(query, config, { projectDir, ...options }) as Promise<JsonObject>;
const rows = async (config: JsonObject) => (await run(config)).rows;

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
    const artifacts = createArtifactStore({ dir: join(dir, 'store') }).forTry({ execution: 'exec_test', step: format });
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
    await run({ sql: 'SELECT sum(range) FROM range(10000000)' }, { observed });
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
    ["INTERVAL '3 days'", { months: 0, days: 3, micros: '0' }],
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

describe('duckdb errors', () => {
  it.each([
    ['SELEC 1', { type: 'Parser', line: 1, column: 1 }],
    ['SELECT 1;\nSELECT nope FROM range(3)', { type: 'Binder', line: 2, column: 8 }],
    ["SELECT 'é', 'x'::INT", { type: 'Conversion', line: 1, column: 16 }],
    ['SELECT * FROM absent', { type: 'Catalog', line: 1, column: 15 }],
  ])('says where %j is wrong, and is final', async (sql, details) => {
    await expect(run({ sql })).rejects.toMatchObject({ code: 'SQL_ERROR', retryable: false, details });
  });

  it('fails on SQL without a statement', async () => {
    await expect(run({ sql: '-- nothing' })).rejects.toMatchObject({ code: 'SQL_ERROR' });
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

describe('stopping duckdb', () => {
  const runaway = 'SELECT sum(a.range * b.range % 7) FROM range(10000000) a, range(10000000) b';

  it('ends a runaway query with the reason of the abort', async () => {
    const abort = new AbortController();
    const reason = new PluginError({ code: 'CANCELLED', message: 'stopped', retryable: false });
    const observed = newObserved();
    const running = run({ sql: runaway }, { signal: abort.signal, observed });
    await expect.poll(() => observed.usage.cpu_seconds ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  it.skipIf(process.platform !== 'linux')('reports a process that dies, and allows a retry', async () => {
    const observed = newObserved();
    const running = run({ sql: runaway }, { observed });
    await expect.poll(() => observed.usage.cpu_seconds ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
    const [child] = await childrenRunning('duckdb/child.ts');
    if (child === undefined) throw new Error('no DuckDB process');
    process.kill(child, 'SIGSEGV');
    await expect(running).rejects.toMatchObject({ code: 'DUCKDB_CRASHED', retryable: true });
  });

  it('does not start when it is aborted already', async () => {
    const reason = new Error('too late');
    await expect(run({ sql: 'SELECT 1' }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

/** Ids of this process' children whose command line holds `text`. */
async function childrenRunning(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const matches = await Promise.all(
    pids.map(async (pid) => {
      const [stat, command] = await Promise.all(
        ['stat', 'cmdline'].map((file) => readFile(join('/proc', pid, file), 'utf8').catch(() => '')),
      );
      const parent = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return parent === process.pid && command?.includes(text) ? [Number(pid)] : [];
    }),
  );
  return matches.flat();
}

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
    const artifacts = store.forTry({ execution: 'exec_test', step: 'step' });
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
