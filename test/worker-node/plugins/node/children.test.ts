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

  it('go to stderr where there is no pipe', async () => {
    const { logs } = await runSource(`
import { spawnSync } from 'node:child_process';
import { log } from 'wf';
if (process.env.CHILD) log('half way');
else {
  const env = { ...process.env, CHILD: '1', WF_EVENTS: '1:2:3' };
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
