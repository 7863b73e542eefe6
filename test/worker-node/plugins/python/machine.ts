import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import type { JsonValue } from '../../../../shared/schemas/json.ts';
import { python } from '../../../../worker-node/plugins/python/plugin.ts';
import { newObserved, type Observed, operationOf, runOperation } from '../run-operation.ts';
import { dir, projectDir, runFile, write } from './project.ts';

const MAKE_WHEEL = `
import os, zipfile, wf
folder = wf.input()["folder"]
os.makedirs(folder, exist_ok=True)
with zipfile.ZipFile(f"{folder}/wf_probe-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr("wf_probe.py", "version = '1.0'")
    wheel.writestr("wf_probe-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: wf_probe\\nVersion: 1.0\\n")
    wheel.writestr("wf_probe-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr("wf_probe-1.0.dist-info/RECORD", "")
`;

/** The folder that holds the package `wf-probe`, made before the tests of a file. */
export const shelf = (): string => join(dir, 'shelf');

beforeAll(async () => {
  await write({
    'make_wheel.py': MAKE_WHEEL,
    'probe.py': 'import sys, wf_probe\ndef go(input):\n    return [wf_probe.version, sys.prefix]\n',
    'probe.txt': 'wf-probe==1.0\n',
  });
  await runFile({ script: 'make_wheel.py', input: { folder: shelf() } });
});

export interface Machine {
  /** Environment of the worker, besides PATH and HOME. */
  env?: Readonly<Record<string, string>>;
  /** Files below its home folder. */
  home?: Readonly<Record<string, string>>;
}

let machines = 0;

/** A machine with settings of its own, on which steps need `wf-probe`. */
export async function machine({ env, home = {} }: Machine) {
  const folder = join(dir, `machine-${++machines}`);
  for (const [path, text] of Object.entries(home)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const outer = { PATH: process.env.PATH, HOME: folder };
  const cacheDir = join(folder, 'cache');
  const step = operationOf(python({ cacheDir, env: { ...outer, ...env } }), 'script');
  const run = (observed: Observed): Promise<JsonValue> =>
    runOperation(step, { script: 'probe.py', function: 'go', requirements: 'probe.txt' }, { projectDir, observed });
  return {
    folder,
    cacheDir,
    /** What the step answers, and the lines that making the environment left in the log. */
    async run() {
      const observed = newObserved();
      const output = await run(observed);
      return { output, log: observed.logs.map(({ message }) => message) };
    },
  };
}
