import { describe, expect, it } from 'vitest';
import { newObserved } from '../run-operation.ts';
import { run } from './project.ts';

/** Functions whose file starts itself. */
const FORKED = `
  import { fork } from 'node:child_process';
  import { once } from 'node:events';
  if (process.send) {
    process.on('message', (n) => process.send(n * n, () => process.disconnect()));
  }
  export async function f(input) {
    const child = fork(input.by === 'argv' ? process.argv[1] : new URL(import.meta.url));
    child.send(input.n);
    const [square] = await once(child, 'message');
    await once(child, 'exit');
    return square;
  }`;

const CLUSTER = `
  import cluster from 'node:cluster';
  import { once } from 'node:events';
  if (cluster.isWorker) process.send(\`worker \${cluster.worker.id}\`, () => process.disconnect());
  export async function f() {
    const messages = [cluster.fork(), cluster.fork()].map((worker) => once(worker, 'message'));
    return (await Promise.all(messages)).flat().filter((message) => typeof message === 'string').sort();
  }`;

const THREAD = `
  import { once } from 'node:events';
  import { isMainThread, parentPort, workerData, Worker } from 'node:worker_threads';
  import { log } from 'wf';
  if (!isMainThread) {
    log('in a thread');
    parentPort.postMessage(workerData.toUpperCase());
  }
  export async function f(input) {
    const thread = new Worker(new URL(import.meta.url), { workerData: input });
    const [[message]] = await Promise.all([once(thread, 'message'), once(thread, 'exit')]);
    return message;
  }`;

describe('a function step', () => {
  it.each(['argv', 'url'])('starts its own file as another process: by %s', async (by) => {
    expect(await run(FORKED, { function: 'f', input: { by, n: 7 } })).toBe(49);
  });

  it('starts its own file as the workers of a cluster', async () => {
    expect(await run(CLUSTER, { function: 'f' })).toEqual(['worker 1', 'worker 2']);
  });

  it.each(['mjs', 'mts'])('starts its own file as a thread, whose log calls count: .%s', async (extension) => {
    const observed = newObserved();
    expect(await run(THREAD, { function: 'f', input: 'text', extension }, { observed })).toBe('TEXT');
    expect(observed.logs).toContainEqual(expect.objectContaining({ message: 'in a thread' }));
  });
});
