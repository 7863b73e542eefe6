import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Crash, type PartOptions, startPart } from '../../scripts/local/part.ts';
import { identify, isRunning } from '../../scripts/local/process-identity.mjs';
import { ROOT } from '../../scripts/local/project.ts';
import { nextCall } from './next-call.ts';
import { temporaryFolder } from './temporary-folder.ts';

type Behaviour = 'serve' | 'crash' | 'stubborn' | 'silent';

const fixture = (name: string): string => join(ROOT, 'test/scripts/fixtures', name);
const HOST = { module: fixture('host.ts') };

function start(behaviour: Behaviour, more: Partial<PartOptions> = {}) {
  const ready = nextCall();
  const crashes: Crash[] = [];
  const part = startPart({
    name: 'part',
    module: fixture('part.ts'),
    args: [behaviour],
    logFile: join(temporaryFolder(), 'part.log'),
    graceMs: 5_000,
    readyMs: 20_000,
    onReady: ready.call,
    onCrash: (crash) => crashes.push(crash),
    onProcess: () => undefined,
    ...more,
  });
  onTestFinished(() => part.stop({ force: true }));
  return { part, ready, crashes };
}

const alive = (pid: number | undefined): boolean => pid !== undefined && identify(pid) !== undefined;

test('a part that was killed is started again at once', async () => {
  const { part, ready, crashes } = start('serve');
  await part.ready;
  const [before] = part.processes();
  const back = ready.next();
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await back;
  expect(alive(before?.pid)).toBe(false);
  expect(alive(part.pid())).toBe(true);
  expect(crashes).toMatchObject([{ how: 'was killed (SIGKILL)', count: 1, restartInMs: 0 }]);
});

test('crashes in a row are restarted after pauses that grow and stay under a second', async () => {
  const { part, ready, crashes } = start('serve');
  await part.ready;
  for (let crash = 0; crash < 5; crash++) {
    const back = ready.next();
    process.kill(part.pid() ?? 0, 'SIGKILL');
    await back;
  }
  expect(crashes.map(({ restartInMs }) => restartInMs)).toEqual([0, 250, 500, 750, 750]);
});

test('a part that never becomes ready is given up, with the end of its log', async () => {
  const { part, crashes } = start('crash');
  await expect(part.ready).rejects.toThrow(
    /^part does not start: it ended unexpectedly \(exit code 3\).*\nabout to crash/s,
  );
  expect(crashes).toHaveLength(2);
});

test('a part that does not become ready in time is ended and given up, however long each start lasted', async () => {
  const { part, crashes } = start('silent', { readyMs: 100, stableMs: 50 });
  await expect(part.ready).rejects.toThrow('part does not start: it was not ready within 0.1 s;');
  expect(crashes.map(({ how }) => how)).toEqual(Array(2).fill('was not ready within 0.1 s'));
});

test('a native process that was killed is named as killed, and its part has no pid until the next one runs', async () => {
  const pids: (number | undefined)[] = [];
  const onProcess = () => pids.push(part.pid());
  const { part, ready, crashes } = start('serve', { ...HOST, onProcess });
  await part.ready;
  pids.length = 0;
  const back = ready.next();
  process.kill(part.pid() ?? 0, 'SIGKILL');
  await back;
  expect(crashes).toMatchObject([{ how: 'was killed (SIGKILL)' }]);
  // Nothing runs, then the host of the next one, then the next one itself.
  expect(pids).toEqual([undefined, undefined, part.pid()]);
  expect(alive(part.pid())).toBe(true);
});

test('a native process that its killed host left is ended before the next host starts', async () => {
  const { part, ready } = start('serve', HOST);
  await part.ready;
  const [host, native] = part.processes();
  expect(part.pid()).toBe(native?.pid);
  const back = ready.next();
  process.kill(host?.pid ?? 0, 'SIGKILL');
  await back;
  expect(native && isRunning(native)).toBe(false);
});

test('a stop ends the part, and its native process with it', async () => {
  const { part, crashes } = start('serve', HOST);
  await part.ready;
  const processes = part.processes();
  expect(processes).toHaveLength(2);
  await part.stop();
  expect(processes.filter(isRunning)).toEqual([]);
  expect(part.pid()).toBeUndefined();
  expect(crashes).toEqual([]);
});

test('a part that ignores SIGTERM is killed after its grace', async () => {
  const { part } = start('stubborn', { graceMs: 200 });
  await part.ready;
  const processes = part.processes();
  await part.stop();
  expect(processes.filter(isRunning)).toEqual([]);
});

test('a stop before it is ready rejects the start and leaves nothing', async () => {
  const { part } = start('serve');
  const stopped = part.stop();
  await expect(part.ready).rejects.toThrow('part was stopped');
  await stopped;
  expect(part.processes()).toEqual([]);
});

test('what a part writes goes to its log file', async () => {
  const logFile = join(temporaryFolder(), 'own.log');
  const { part } = start('crash', { logFile });
  await part.ready.catch(() => undefined);
  expect(readFileSync(logFile, 'utf8')).toBe('about to crash\n'.repeat(3));
});
