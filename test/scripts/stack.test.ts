import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { identify } from '../../scripts/local/process-identity.mjs';
import { ROOT } from '../../scripts/local/project.ts';
import { type Stack, type StackOptions, startStack } from '../../scripts/local/stack.ts';
import { nextCall } from './next-call.ts';
import { temporaryFolder } from './temporary-folder.ts';

const fixture = (name: string): string => join(ROOT, 'test/scripts/fixtures', name);

async function start(options: StackOptions = {}): Promise<Stack> {
  const modules = {
    edge: fixture('edge.ts'),
    temporal: fixture('part.ts'),
    worker: fixture('part.ts'),
    ...options.modules,
  };
  const stack = await startStack({ ...options, modules });
  onTestFinished(() => stack.stop({ force: true }));
  return stack;
}

const running = (stack: Stack): boolean[] =>
  Object.values(stack.pids).map((pid) => pid !== null && identify(pid) !== undefined);

test('an ephemeral stack serves, and leaves neither processes nor files', async () => {
  const stack = await start();
  expect((await fetch(stack.url)).ok).toBe(true);
  expect(running(stack)).toEqual([true, true, true]);
  const pids = Object.values(stack.pids);
  await stack.stop();
  expect(pids.map((pid) => pid !== null && identify(pid))).toEqual([undefined, undefined, undefined]);
  expect(existsSync(stack.dataDir)).toBe(false);
  await expect(fetch(stack.url)).rejects.toThrow('fetch failed');
});

test('the next start on the same folder keeps the API key', async () => {
  const dataDir = temporaryFolder();
  const first = await start({ dataDir });
  await first.stop();
  const second = await start({ dataDir });
  expect(second.api_key).toBe(first.api_key);
  expect(second.api_key).toMatch(/^wf_[0-9a-z]{8}_[0-9a-z]{32}$/);
});

test('a second stack on a folder in use is refused and does not harm the first', async () => {
  const dataDir = temporaryFolder();
  const stack = await start({ dataDir });
  await expect(start({ dataDir })).rejects.toThrow(`${dataDir} is in use by process ${process.pid}`);
  expect((await fetch(stack.url)).ok).toBe(true);
});

test('a killed worker is replaced, and whoever asked is told that none runs and then its new pid', async () => {
  const told: (number | null)[] = [];
  const back = nextCall();
  const say = (text: string) => text.startsWith('worker is back') && back.call();
  const stack = await start({ say, onChange: ({ pids }) => told.push(pids.worker) });
  const again = back.next();
  process.kill(stack.pids.worker ?? 0, 'SIGKILL');
  await again;
  expect(told).toEqual([null, stack.pids.worker]);
  expect(running(stack)).toEqual([true, true, true]);
});

test('a stop that takes long says what it waits for', async () => {
  const waiting = nextCall<string>();
  const say = (text: string) => text.includes(' to end … ') && waiting.call(text);
  const stack = await start({ say, modules: { worker: fixture('stubborn.ts') } });
  const said = waiting.next();
  const stopped = stack.stop();
  expect(await said).toMatch(/^waiting for worker to end … \d+ s$/);
  await stack.stop({ force: true });
  await stopped;
});

test('a stop in the middle of a start stops what is up and rejects', async () => {
  const stop = new AbortController();
  const dataDir = temporaryFolder();
  const say = (text: string) => text.startsWith('the API serves') && stop.abort(new Error('stopped'));
  await expect(start({ dataDir, say, signal: stop.signal })).rejects.toThrow('stopped');
  // The record of processes is deleted once all have ended.
  expect(existsSync(join(dataDir, 'processes.json'))).toBe(false);
  expect(existsSync(join(dataDir, 'claim.json'))).toBe(false);
});

test('a part that does not start ends the start of the others', async () => {
  const dataDir = temporaryFolder();
  const crashing = fixture('crash.ts');
  await expect(start({ dataDir, modules: { worker: crashing } })).rejects.toThrow(
    /worker does not start: it ended unexpectedly \(exit code 3\)/,
  );
  expect(existsSync(join(dataDir, 'claim.json'))).toBe(false);
  expect(readFileSync(join(dataDir, 'logs', 'worker.log'), 'utf8')).toContain('about to crash');
});
