import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { identify } from '../../scripts/local/process-identity.mjs';
import type { StackInfo } from '../../scripts/local/stack.ts';
import type { Child } from './child.ts';
import { projectCopy } from './project-copy.ts';

const UP = 'Ctrl-C stops everything';
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as StackInfo;
const alive = (info: StackInfo) =>
  Object.values(info.pids).filter((pid) => pid !== null && identify(pid) !== undefined);

type Project = ReturnType<typeof projectCopy>;

async function up(project: Project, child: Child): Promise<{ child: Child; info: StackInfo }> {
  await child.says(UP);
  return { child, info: read(project.localJson) };
}
const startWithNpm = (project: Project) => up(project, project.npm('start', '--', '--port', '0'));
const start = (project: Project) => up(project, project.node('scripts/start.ts', '--port', '0'));

test('local.json says how to reach the stack and disappears with it', async () => {
  const project = projectCopy();
  const { child, info } = await startWithNpm(project);
  expect(Object.keys(info)).toEqual(['url', 'api_key', 'temporal', 'pids']);
  expect(info.temporal).toEqual({
    address: expect.any(String),
    namespace: 'default',
    ui: expect.stringContaining('http://127.0.0.1:'),
  });
  expect((await fetch(`${info.url}/healthz`)).ok).toBe(true);
  expect(alive(info)).toHaveLength(3);
  expect(child.output()).toContain(`curl -H 'Authorization: Bearer ${info.api_key}' ${info.url}/v1/workflows`);
  const [, inInfo = '', kept = ''] =
    /in (\S+) while this runs, as "api_key"; kept in (\S+)\n/.exec(child.output()) ?? [];
  expect(read(resolve(project.root, inInfo)).api_key).toBe(info.api_key);
  expect(readFileSync(resolve(project.root, kept), 'utf8')).toContain(info.api_key);
  child.kill('SIGTERM');
  expect(await child.exit).toBe(0);
  expect(existsSync(project.localJson)).toBe(false);
  expect(alive(info)).toEqual([]);
});

test('the signal that npm and the terminal both deliver stops once, in order', async () => {
  const project = projectCopy();
  const { child, info } = await startWithNpm(project);
  child.kill('SIGINT');
  child.kill('SIGINT');
  expect(await child.exit).toBe(0);
  expect(child.output()).toContain('SIGINT: stopping');
  expect(child.output()).not.toContain('not waiting');
  expect(alive(info)).toEqual([]);
});

test('a second npm start names the first one and leaves it alone', async () => {
  const project = projectCopy();
  const { child, info } = await start(project);
  const second = project.node('scripts/start.ts');
  expect(await second.exit).toBe(1);
  expect(second.output()).toMatch(new RegExp(`the stack of this checkout runs already at ${info.url} \\(pid \\d+\\)`));
  expect((await fetch(info.url)).ok).toBe(true);
  expect(read(project.localJson)).toEqual(info);
  child.kill('SIGTERM');
  await child.exit;
});

test('local.json follows a worker that was killed', async () => {
  const project = projectCopy();
  const { child, info } = await start(project);
  process.kill(info.pids.worker ?? 0, 'SIGKILL');
  await child.says('worker is back');
  expect(read(project.localJson)).toEqual({ ...info, pids: { ...info.pids, worker: expect.any(Number) } });
  expect(read(project.localJson).pids.worker).not.toBe(info.pids.worker);
  child.kill('SIGTERM');
  await child.exit;
});

test('the parts end by themselves when the supervisor is killed, and the next start replaces what it left', async () => {
  const project = projectCopy();
  const { child, info } = await start(project);
  const supervisor = Number(/"pid":(\d+)/.exec(readFileSync(`${project.root}/.wf/stack.lock`, 'utf8'))?.[1]);
  process.kill(supervisor, 'SIGKILL');
  await child.exit;
  // Nothing tells when a process of somebody else has ended: ask until it has.
  while (alive(info).length > 0) await sleep(20);
  expect(read(project.localJson)).toEqual(info);
  const again = await start(project);
  expect(again.info.api_key).toBe(info.api_key);
  expect(again.info.pids).not.toEqual(info.pids);
  again.child.kill('SIGTERM');
  expect(await again.child.exit).toBe(0);
});

test('a taken port is named, and another one is used', async () => {
  const first = projectCopy();
  const { child, info } = await start(first);
  const port = new URL(info.url).port;
  const second = projectCopy();
  const other = second.node('scripts/start.ts', '--ephemeral', '--port', port);
  await other.says(UP);
  expect(other.output()).toContain(
    `port ${port} for the API is taken: using ${new URL(read(second.localJson).url).port}`,
  );
  for (const running of [child, other]) running.kill('SIGTERM');
  expect(await Promise.all([child.exit, other.exit])).toEqual([0, 0]);
});

test.each([
  [['--prot', '1'], "Unknown option '--prot'"],
  [['--port', 'http'], '--port takes a number from 0 to 65535, not "http"'],
  [['--ephemeral', '--data-dir', 'x'], '--ephemeral and --data-dir exclude each other'],
])('npm start -- %j is an error that shows the help', async (args, message) => {
  const child = projectCopy().node('scripts/start.ts', ...args);
  expect(await child.exit).toBe(1);
  expect(child.output()).toContain(message);
  expect(child.output()).toContain('--ephemeral ');
});

test('the stack ends when npm is killed and cannot pass a signal on', async () => {
  const { child, info } = await startWithNpm(projectCopy());
  child.kill('SIGKILL');
  await child.exit;
  expect(child.output()).toContain('stopped');
  expect(alive(info)).toEqual([]);
});

test('a Temporal server of the user that does not answer is waited for aloud', async () => {
  const project = projectCopy({ env: { TEMPORAL_ADDRESS: '127.0.0.1:1' } });
  const child = project.node('scripts/start.ts', '--port', '0');
  await child.says('waiting for Temporal at 127.0.0.1:1 (TEMPORAL_ADDRESS) … 4 s');
  child.kill('SIGTERM');
  expect(await child.exit).toBe(143);
});
