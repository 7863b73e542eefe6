import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { JsonObject } from '../../../../shared/schemas/json.ts';
import { createArtifactStore } from '../../../../worker-node/artifacts/artifact-store.ts';
import { node } from '../../../../worker-node/plugins/node/plugin.ts';
import { operationOf, type RunOptions, runOperation } from '../run-operation.ts';

const plugin = node({ env: { PATH: process.env.PATH, API_KEY: 'secret', SHARED: 'yes', WF_SCRIPT_ENV: 'SHARED' } });
export const script = operationOf(plugin, 'script');

/** Holds the project, and what tests put beside it. */
export let dir: string;
export let projectDir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wf-node-'));
  projectDir = join(dir, 'project');
  await mkdir(projectDir);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** What a try of the step that `run` runs stores, in a store of its own. */
export const newTry = () =>
  createArtifactStore({ dir: join(dir, `store-${++files}`) }).forTry({
    ...{ execution: 'exec_test', attempt: 1, step: 'step', try: 1 },
  });

let files = 0;

/** Writes `source` as a project file of its own and runs it. */
export async function run(source: string, config: JsonObject = {}, options: RunOptions = {}) {
  const name = `script-${++files}.${(config.extension as string | undefined) ?? 'mjs'}`;
  const { extension: _, ...rest } = config;
  await writeFile(join(projectDir, name), source);
  return runOperation(script, { script: name, ...rest }, { projectDir, ...options });
}
