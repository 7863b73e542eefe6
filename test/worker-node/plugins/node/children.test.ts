import { describe, expect, it } from 'vitest';
import { newObserved } from '../run-operation.ts';
import { run } from './project.ts';

describe('events of what a Node script starts', { timeout: 30_000 }, () => {
  const runSource = async (source: string) => {
    const observed = newObserved();
    const output = await run(source, {}, { observed });
    return { ...observed, output, messages: observed.logs.map(({ message }) => message).toSorted() };
  };

  it.concurrent.each([
    [
      'child_process.fork',
      `import { fork } from 'node:child_process';
       if (process.send) { log('part 1'); log('part 2'); process.disconnect(); }
       else fork(process.argv[1]);`,
    ],
    [
      'cluster',
      `import cluster from 'node:cluster';
       if (cluster.isPrimary) for (const part of [1, 2]) cluster.fork({ PART: part });
       else { log('part ' + process.env.PART); cluster.worker.disconnect(); }`,
    ],
    [
      'worker_threads',
      `import { Worker, isMainThread, workerData } from 'node:worker_threads';
       if (isMainThread) for (const part of [1, 2]) new Worker(new URL(import.meta.url), { workerData: part });
       else log('part ' + workerData);`,
    ],
    [
      'spawn without descriptor 3',
      `import { spawnSync } from 'node:child_process';
       if (process.env.PART) log('part ' + process.env.PART);
       else for (const PART of [1, 2])
         spawnSync(process.execPath, [...process.execArgv, process.argv[1]], { env: { ...process.env, PART }, stdio: 'inherit' });`,
    ],
    [
      'spawn of a file',
      `import { spawnSync } from 'node:child_process';
       if (process.env.PART) log('part ' + process.env.PART);
       else for (const PART of [1, 2])
         spawnSync(process.execPath, [process.argv[1]], { env: { ...process.env, PART }, stdio: 'inherit' });`,
    ],
    [
      'closed descriptor 3',
      `import { closeSync } from 'node:fs';
       import { spawnSync } from 'node:child_process';
       if (process.env.PART) log('part 2');
       else {
         closeSync(3);
         log('part 1');
         spawnSync(process.execPath, [process.argv[1]], { env: { ...process.env, PART: '2' }, stdio: 'inherit' });
       }`,
    ],
  ])('reach the log: %s', async (_, source) => {
    const { messages } = await runSource(`import { log } from 'wf';\n${source}`);
    expect(messages).toEqual(['part 1', 'part 2']);
  });

  it('never go into a file of a child', async () => {
    const { output, messages } = await runSource(`
import { spawnSync } from 'node:child_process';
import { openSync, readFileSync, writeSync } from 'node:fs';
import { log, output } from 'wf';
if (process.env.CHILD) {
  log('half way');
  writeSync(3, 'mine');
} else {
  const own = openSync('part.csv', 'w');
  const stdio = ['ignore', 'inherit', 'inherit', own];
  spawnSync(process.execPath, [...process.execArgv, process.argv[1]], { env: { ...process.env, CHILD: '1' }, stdio });
  output(readFileSync('part.csv', 'utf8'));
}`);
    expect(output).toBe('mine');
    expect(messages).toEqual(['half way']);
  });

  it('leave the options that the config gives to Node', async () => {
    const source = `import { output } from 'wf'; output([process.env.NODE_OPTIONS.split(' ')[0], process.execArgv.length > 0, v8.flag]);`;
    const prelude = `const v8 = { flag: typeof gc };\n`;
    const output = await run(prelude + source, { env: { NODE_OPTIONS: '--expose-gc' } });
    expect(output).toEqual(['--expose-gc', true, 'function']);
  });

  it.skipIf(process.platform !== 'linux')('never go into a file that has the number of stderr', async () => {
    const { output } = await runSource(`
import { closeSync, openSync, readFileSync } from 'node:fs';
import { log, output } from 'wf';
closeSync(2);
const own = openSync('error.txt', 'w');
for (let descriptor = 3; descriptor < 60; descriptor++) if (isPipe(descriptor)) closeSync(descriptor);
log('lost');
output([own, readFileSync('error.txt', 'utf8')]);
function isPipe(descriptor) {
  try {
    return readFileSync('/proc/self/fdinfo/' + descriptor, 'utf8').includes('flags:') && process.getBuiltinModule('fs').fstatSync(descriptor).isFIFO()
      && process.env.WF_EVENTS.split(':')[2] === String(process.getBuiltinModule('fs').fstatSync(descriptor).ino);
  } catch {
    return false;
  }
}`);
    expect(output).toEqual([2, '']);
  });

  it('go to stderr where there is no pipe', async () => {
    const { logs } = await runSource(`
import { spawnSync } from 'node:child_process';
import { log } from 'wf';
if (process.env.CHILD) log('half way');
else {
  const env = { ...process.env, CHILD: '1', WF_EVENTS: '1:2:3:4' };
  spawnSync(process.execPath, [...process.execArgv, process.argv[1]], { env, stdio: 'inherit' });
}`);
    expect(logs).toEqual([
      { level: 'INFO', message: expect.stringContaining('"half way"'), metadata: { stream: 'stderr' } },
    ]);
  });

  it('do not mix, however long they are', async () => {
    const { messages } = await runSource(`
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { log } from 'wf';
if (isMainThread) for (const part of [0, 1, 2]) new Worker(new URL(import.meta.url), { workerData: part });
else for (let n = 0; n < 20; n++) log(workerData + ':' + n + ':' + 'é'.repeat(30_000));`);
    expect(messages).toHaveLength(60);
    for (const message of messages) expect(message).toMatch(/^[0-2]:\d+:é{30000}$/);
  });
});
