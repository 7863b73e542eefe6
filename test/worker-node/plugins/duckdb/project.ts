import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { JsonObject } from '../../../../shared/schemas/json.ts';
import { duckdb } from '../../../../worker-node/plugins/duckdb/plugin.ts';
import { operationOf, type RunOptions, runOperation } from '../run-operation.ts';
import { runHere } from './run-here.ts';

// DuckDB's binding writes times with a zone in that of the process.
process.env.TZ = 'UTC';

const env = { WF_DUCKDB_MEMORY_LIMIT: '200MiB', WF_DUCKDB_THREADS: '2' };
/** As the worker has it. */
export const plugin = duckdb({ env });
const here = duckdb({ env, runner: runHere });
const query = operationOf(here, 'query');
export const extractData = operationOf(here, 'extract_data');

/** Holds the project, a file that it must not reach, and what tests write. */
export let dir: string;
export let projectDir: string;

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

/** Runs `duckdb.query` in the project. */
export const run = (config: JsonObject, options: RunOptions = {}) =>
  runOperation(query, config, { projectDir, ...options }) as Promise<JsonObject>;
/** The same in a process of its own, as the worker does it. */
export const runApart = (config: JsonObject, options: RunOptions = {}) =>
  runOperation(operationOf(plugin, 'query'), config, { projectDir, ...options }) as Promise<JsonObject>;
export const rows = async (config: JsonObject) => (await run(config)).rows;

/** Writes a file into the folder `data` of the project; answers its source. */
export const write = async (name: string, text: string | Buffer) => {
  await mkdir(dirname(join(projectDir, 'data', name)), { recursive: true });
  await writeFile(join(projectDir, 'data', name), text);
  return `data/${name}`;
};
/** The rows of a file. */
export const read = async (name: string, text: string | Buffer, options?: JsonObject) => {
  const source = await write(name, text);
  return rows({ sql: 'FROM w', inputs: { w: options === undefined ? source : { source, options } } });
};
