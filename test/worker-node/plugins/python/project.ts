import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { JsonObject } from '../../../../shared/schemas/json.ts';
import { python } from '../../../../worker-node/plugins/python/plugin.ts';
import { operationOf, type RunOptions, runOperation } from '../run-operation.ts';

const availability = await python({ cacheDir: tmpdir(), env: process.env }).availability();
export const pythonIsThere = availability.available;
/** For titles of what is skipped. */
export const unavailable = availability.available ? '' : ` (skipped: ${availability.reason})`;

/** Holds the project, and what tests put beside it. */
export let dir: string;
export let projectDir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wf-python-'));
  projectDir = join(dir, 'project');
  await mkdir(projectDir);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Writes project files, by their paths. */
export async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(projectDir, path)), { recursive: true });
    await writeFile(join(projectDir, path), content);
  }
}

/** Runs a file of the project. Packages are found in the folder `wheels` of the project alone. */
export function runFile(config: JsonObject, options: RunOptions = {}) {
  const wheels = join(projectDir, 'wheels');
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, PIP_NO_INDEX: '1', UV_NO_INDEX: '1' };
  const links = { PIP_FIND_LINKS: wheels, UV_FIND_LINKS: wheels };
  const plugin = python({ cacheDir: join(dir, 'cache'), env: { ...env, ...links } });
  return runOperation(operationOf(plugin, 'script'), config, { projectDir, ...options });
}
