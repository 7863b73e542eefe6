import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EdgeServer, KEY } from './edge-server.ts';

const MAIN = join(import.meta.dirname, '../../../worker-node/main.ts');

export interface WorkerProcess {
  readonly child: ChildProcess;
  /** What it wrote to its log so far. */
  readonly log: () => string;
  /** Resolves with the message `ready`; rejects when the process ends before. */
  readonly ready: Promise<void>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

export interface WorkerProcessOptions {
  edge: Pick<EdgeServer, 'url'>;
  temporalAddress: string;
  pool: string;
  dataDir: string;
  env?: Record<string, string>;
}

/** `worker-node/main.ts` as its supervisor runs it. */
export function startWorkerProcess({ edge, temporalAddress, pool, dataDir, env }: WorkerProcessOptions): WorkerProcess {
  const child = fork(MAIN, {
    env: {
      PATH: process.env.PATH,
      WF_EDGE_URL: edge.url,
      WF_WORKER_KEY: KEY,
      WF_POOL: pool,
      WF_DATA_DIR: dataDir,
      WF_PROJECT_DIR: import.meta.dirname,
      TEMPORAL_ADDRESS: temporalAddress,
      ...env,
    },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let log = '';
  child.stderr?.on('data', (chunk) => {
    log += chunk;
  });
  const ended = once(child, 'exit').then(([code, signal]) => signal ?? code);
  const ready = Promise.race([
    once(child, 'message').then(() => undefined),
    ended.then((how) => {
      throw new Error(`the worker ended before it was ready (${how}): ${log}`);
    }),
  ]);
  // A test that ends the process on purpose does not look at it.
  ready.catch(() => undefined);
  return { child, log: () => log, ready, ended };
}

export async function temporaryDataDir(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'wf-worker-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}
