import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { ROOT } from '../../scripts/local/project.ts';
import { startChild } from './child.ts';
import { temporaryFolder } from './temporary-folder.ts';

// Stands in for npm: notes each call, and does what the file `behaviour` says.
const NPM = `#!${process.execPath}
import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
const behaviour = readFileSync('behaviour', 'utf8');
if (behaviour === 'fail') { console.error('npm error: registry unreachable'); process.exit(7); }
mkdirSync('node_modules/.bin', { recursive: true });
if (behaviour === 'hang') { console.error('npm runs as ' + process.pid); setInterval(() => {}, 1000); }
else {
  if (!existsSync('node_modules/.bin/node')) symlinkSync(process.execPath, 'node_modules/.bin/node');
  writeFileSync('node_modules/.package-lock.json', readFileSync('package-lock.json'));
}
`;

/** All that runs before an install. */
const NEEDED = [
  'scripts/ensure-installed.mjs',
  'scripts/install',
  'scripts/local/claim.mjs',
  'scripts/local/process-identity.mjs',
  'worker-node/artifacts/process-start.mjs',
];

let root: string;

beforeEach(() => {
  root = temporaryFolder();
  for (const path of NEEDED) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(join(ROOT, path), join(root, path), { recursive: true });
  }
  writeFileSync(join(root, 'package.json'), '{"type": "module"}');
  writeFileSync(join(root, 'package-lock.json'), '{"packages": {"node_modules/zod": {"version": "4.0.0"}}}');
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin', 'package.json'), '{"type": "module"}');
  writeFileSync(join(root, 'bin', 'npm'), NPM);
  chmodSync(join(root, 'bin', 'npm'), 0o755);
  behave('install');
});

const behave = (behaviour: 'install' | 'fail' | 'hang') => writeFileSync(join(root, 'behaviour'), behaviour);
const npmCalls = () =>
  existsSync(join(root, 'npm-calls')) ? readFileSync(join(root, 'npm-calls'), 'utf8').trim().split('\n') : [];
const ensureInstalled = () =>
  startChild(process.execPath, ['scripts/ensure-installed.mjs'], {
    cwd: root,
    env: { ...process.env, PATH: `${join(root, 'bin')}${delimiter}${process.env.PATH}` },
  });

test('the first command after a clone installs, the second is silent', async () => {
  const first = ensureInstalled();
  expect(await first.exit).toBe(0);
  expect(npmCalls()).toEqual(['ci --loglevel=error --no-audit --no-fund']);
  expect(first.stdout()).toBe('');
  const second = ensureInstalled();
  expect(await second.exit).toBe(0);
  expect(second.output()).toBe('');
  expect(npmCalls()).toHaveLength(1);
});

test('two commands at once install once', async () => {
  const both = [ensureInstalled(), ensureInstalled()];
  expect(await Promise.all(both.map(({ exit }) => exit))).toEqual([0, 0]);
  expect(npmCalls()).toHaveLength(1);
});

test('a failing npm is reported with its own words, and the command fails', async () => {
  behave('fail');
  const child = ensureInstalled();
  expect(await child.exit).toBe(1);
  expect(child.output()).toContain('npm error: registry unreachable');
  expect(child.output()).toContain('error: npm ci ended with exit code 7');
});

test('SIGTERM in the middle ends npm too, and the next command installs', async () => {
  behave('hang');
  const child = ensureInstalled();
  await child.says('npm runs as');
  const npm = Number(/npm runs as (\d+)/.exec(child.output())?.[1]);
  child.kill('SIGTERM');
  expect(await child.exit).toBe(143);
  expect(() => process.kill(npm, 0)).toThrow('ESRCH');
  behave('install');
  expect(await ensureInstalled().exit).toBe(0);
  expect(npmCalls()).toHaveLength(2);
});

test('an npm whose command was killed is ended by the next command, which installs', async () => {
  behave('hang');
  const child = ensureInstalled();
  await child.says('npm runs as');
  child.kill('SIGKILL');
  behave('install');
  expect(await ensureInstalled().exit).toBe(0);
  // Its output closes only once npm, which holds it too, is gone.
  expect(await child.exit).toBe('SIGKILL');
  expect(npmCalls()).toHaveLength(2);
});
