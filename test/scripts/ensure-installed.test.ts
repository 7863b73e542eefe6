import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { CI_ARGUMENTS } from '../../scripts/install/npm-settings.mjs';
import { ROOT } from '../../scripts/local/project.ts';
import { type Child, startChild } from './child.ts';
import { temporaryFolder } from './temporary-folder.ts';

// Stands in for npm: notes each call, and does what the file `behaviour` says.
const NPM = `#!${process.execPath}
import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
if (process.argv[2] === '--version') {
  console.log(existsSync('npm-version') ? readFileSync('npm-version', 'utf8') : '11.0.0');
  process.exit();
}
if (process.argv[2] === 'config') {
  console.log(process.argv[4] === 'registry' ? 'https://me:secret@registry.example/' : 'null');
  process.exit();
}
appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
writeFileSync('npm-env', JSON.stringify(process.env));
const behaviour = readFileSync('behaviour', 'utf8');
if (behaviour === 'nothing') process.exit();
if (behaviour === 'unreachable') { console.error('npm error code ECONNREFUSED'); process.exit(1); }
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
  'scripts/run.mjs',
  'scripts/install',
  'scripts/local/claim.mjs',
  'scripts/local/process-identity.mjs',
  'worker-node/artifacts/process-start.mjs',
  'worker-node/proxies.mjs',
];

/** What the launcher goes on with: says what it was given. */
const SAID = `
const { NODE_OPTIONS, NODE_PATH, NO_PROXY, no_proxy, PATH } = process.env;
const umask = process.umask(0o022);
console.log(JSON.stringify({ args: process.argv.slice(2), env: { NODE_OPTIONS, NODE_PATH, NO_PROXY, no_proxy, PATH }, umask }));
process.exit(Number(process.env.END_WITH ?? 0));
`;

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
  writeFileSync(join(root, 'scripts', 'said.ts'), SAID);
  behave('install');
});

const behave = (behaviour: 'install' | 'fail' | 'hang' | 'nothing' | 'unreachable') =>
  writeFileSync(join(root, 'behaviour'), behaviour);
const npmCalls = () =>
  existsSync(join(root, 'npm-calls')) ? readFileSync(join(root, 'npm-calls'), 'utf8').trim().split('\n') : [];
/** `npm run said`, as a package manager does it: with no pre-script. */
function run(env: Readonly<Record<string, string | undefined>> = {}, ...args: string[]) {
  const { NODE_OPTIONS: _, npm_lifecycle_event: __, ...outer } = process.env;
  const path = `${join(root, 'bin')}${delimiter}${process.env.PATH}`;
  return startChild(process.execPath, ['scripts/run.mjs', 'scripts/said.ts', ...args], {
    cwd: root,
    env: { ...outer, PATH: path, ...env },
  });
}
const ensureInstalled = () => run();
const said = (child: Child) => JSON.parse(child.stdout());

test('the first command after a clone installs, the second is silent', async () => {
  const first = ensureInstalled();
  expect(await first.exit).toBe(0);
  expect(npmCalls()).toEqual([CI_ARGUMENTS.join(' ')]);
  const second = ensureInstalled();
  expect(await second.exit).toBe(0);
  expect(second.output()).toBe(second.stdout());
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

test('arguments and the exit code pass through, whatever Node the system has', async () => {
  // A Node that is not the project's own: what follows runs in a process of its own.
  behave('install');
  const own = run({ END_WITH: '3' }, '--port', '0');
  expect(await own.exit).toBe(3);
  expect(said(own).args).toEqual(['--port', '0']);
  const other = run({ END_WITH: '4', NODE_OPTIONS: '--no-addons' }, '--json');
  expect(await other.exit).toBe(4);
  expect(said(other).args).toEqual(['--json']);
});

test('a signal reaches what the launcher has started, and its end is that of the launcher', async () => {
  writeFileSync(join(root, 'scripts', 'said.ts'), "console.log('runs'); setInterval(() => {}, 1000);");
  const child = run({ NODE_OPTIONS: '--no-addons' });
  await child.says('runs');
  child.kill('SIGTERM');
  expect(await child.exit).toBe(143);
});

test('npm gets the settings that say from where, and no other', async () => {
  const given = {
    NODE_ENV: 'production',
    npm_config_registry: 'https://registry.example',
    NPM_CONFIG_CAFILE: '/ca.pem',
    'npm_config_//registry.example/:_authToken': 'token',
    npm_config_https_proxy: 'http://proxy.example',
    NPM_CONFIG_OMIT: 'dev',
    npm_config_Production: 'true',
    npm_config_ignore_scripts: 'true',
    npm_config_dry_run: 'true',
    NPM_CONFIG_WORKSPACE: 'a',
    NO_PROXY: 'example.org',
  };
  expect(await run(given).exit).toBe(0);
  const env = JSON.parse(readFileSync(join(root, 'npm-env'), 'utf8'));
  expect(Object.keys(given).filter((name) => name in env)).toEqual([
    'npm_config_registry',
    'NPM_CONFIG_CAFILE',
    'npm_config_//registry.example/:_authToken',
    'npm_config_https_proxy',
    'NO_PROXY',
  ]);
  expect(env.NO_PROXY).toMatch(/^example\.org,localhost,127\.0\.0\.1,/);
});

test('an npm that is too old is refused with the remedy, before it changes anything', async () => {
  writeFileSync(join(root, 'npm-version'), '8.19.4');
  const child = ensureInstalled();
  expect(await child.exit).toBe(1);
  expect(child.output()).toBe(
    'error: this is npm 8.19.4, and the install needs 9 or newer: run npm install -g npm@latest.\n',
  );
  expect(npmCalls()).toEqual([]);
});

test('an npm that ends well without installing is not asked for ever', async () => {
  behave('nothing');
  const child = ensureInstalled();
  expect(await child.exit).toBe(1);
  expect(child.output()).toContain('error: npm ci ended well, and yet: dependencies are not installed');
});

test('a registry that cannot be reached is named with the proxy, without its password', async () => {
  behave('unreachable');
  const child = run({ https_proxy: 'http://me:secret@127.0.0.1:9' });
  expect(await child.exit).toBe(1);
  expect(child.output()).toContain('npm asked https://***@registry.example/ through a proxy');
  expect(child.output()).toContain('https_proxy=http://***@127.0.0.1:9');
  expect(child.output()).not.toContain('secret');
});

test.each(['http_proxy', 'HTTPS_PROXY', 'all_proxy', 'grpc_proxy'])(
  'no proxy captures loopback: %s with a NO_PROXY of the user in either spelling',
  async (name) => {
    const child = run({ [name]: 'http://127.0.0.1:9', NO_PROXY: 'a.example, b.example', no_proxy: 'c.example' });
    expect(await child.exit).toBe(0);
    const { env } = said(child);
    expect(env.NO_PROXY).toBe(env.no_proxy);
    expect(env.no_proxy.split(',')).toEqual(
      expect.arrayContaining(['a.example', 'b.example', 'c.example', 'localhost', '127.0.0.1', '::1']),
    );
  },
);

test('options that would break the project are left out of NODE_OPTIONS, with a line', async () => {
  const child = run({ NODE_OPTIONS: '--no-addons --max-old-space-size=300 -C custom', NODE_PATH: '/nowhere' });
  expect(await child.exit).toBe(0);
  expect(said(child).env).toMatchObject({ NODE_OPTIONS: '--max-old-space-size=300' });
  expect(said(child).env.NODE_PATH).toBeUndefined();
  expect(child.output()).toContain(
    'not passed on to the processes of this project: NODE_OPTIONS --no-addons -C custom, NODE_PATH',
  );
});

test('a umask that would make files unreadable for their maker is relaxed with a line, others stay', async () => {
  const under = (mask: string) =>
    startChild('/bin/sh', ['-c', `umask ${mask}; exec "$0" scripts/run.mjs scripts/said.ts`, process.execPath], {
      cwd: root,
      env: { ...process.env, PATH: `${join(root, 'bin')}${delimiter}${process.env.PATH}` },
    });
  const private_ = under('077');
  expect(await private_.exit).toBe(0);
  expect(said(private_).umask).toBe(0o077);
  const none = under('0777');
  expect(await none.exit).toBe(0);
  expect(said(none).umask).toBe(0o077);
  expect(none.output()).toContain('with umask 0777 nobody could read the files that are made here: using 0077');
});

test.each(['18.20.4', '14.21.3'])('Node %s is refused with the remedy, before its syntax is met', async (version) => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  const args = [
    '--import',
    `data:text/javascript,${encodeURIComponent(pretend)}`,
    'scripts/run.mjs',
    'scripts/said.ts',
  ];
  const child = startChild(process.execPath, args, { cwd: root });
  expect(await child.exit).toBe(1);
  expect(child.output()).toContain(`error: this is Node ${version} (`);
  expect(child.output()).toContain('the install needs 20 or newer: put a newer one first on PATH');
  expect(npmCalls()).toEqual([]);
});
