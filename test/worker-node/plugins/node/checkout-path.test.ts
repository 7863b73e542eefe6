import { execFile } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { dir } from './project.ts';

const STEP = `
import { spawnSync } from 'node:child_process';
import { log } from 'wf';

if (process.env.CHILD) log('from a child');
export function go(input) {
  const { status } = spawnSync(process.execPath, [process.argv[1]], { env: { ...process.env, CHILD: '1' }, stdio: 'inherit' });
  return { n: input.n, status };
}`;

const RUN = `
import { node } from './worker-node/plugins/node/plugin.ts';
import { newObserved, operationOf, runOperation } from './test/worker-node/plugins/run-operation.ts';

const observed = newObserved();
const config = { script: 'n.mjs', function: 'go', input: { n: 1 } };
const options = { projectDir: process.env.PROJECT_DIR, observed };
const output = await runOperation(operationOf(node({ env: { PATH: process.env.PATH } }), 'script'), config, options);
console.log(JSON.stringify({ output, logs: observed.logs.map(({ message }) => message) }));
`;

describe('a checkout below a folder whose name means something in a URL', () => {
  it.each(['a#b', '100%', 'p%41q', 'x%20y', 'what?', `it's "so"`])(
    'runs Node, and what that starts: %s',
    { timeout: 60_000 },
    async (name) => {
      const checkout = join(dir, name, 'checkout');
      for (const part of ['worker-node', 'shared', 'test/worker-node/plugins/run-operation.ts', 'package.json'])
        await cp(resolve(part), join(checkout, part), { recursive: true });
      await symlink(resolve('node_modules'), join(checkout, 'node_modules'));
      await writeFile(join(checkout, 'run.mts'), RUN);
      const projectDir = join(dir, name, 'project');
      await mkdir(projectDir);
      await writeFile(join(projectDir, 'n.mjs'), STEP);
      const run = pathToFileURL(join(checkout, 'run.mts')).href;
      const { stdout } = await promisify(execFile)(process.execPath, ['--import', run, '-e', '0'], {
        env: { ...process.env, PROJECT_DIR: projectDir },
      });
      expect(JSON.parse(stdout)).toEqual({ output: { n: 1, status: 0 }, logs: ['from a child'] });
    },
  );
});
