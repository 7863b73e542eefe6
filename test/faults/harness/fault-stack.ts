import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort, LOOPBACK } from '../../../scripts/local/free-port.ts';
import { type Stack, type StackInfo, startStack } from '../../../scripts/local/stack.ts';
import { type Api, createApi } from '../../stack/api.ts';
import { type GatedPart, holdFile } from '../fixtures/gate.ts';
import { until } from './until.ts';
import { openWorkerRoad, type WorkerRoad } from './worker-road.ts';

type PartName = keyof StackInfo['pids'];

/** A real stack whose parts a test can kill and keep down, and whose worker reaches the edge over a road that a test can spoil. */
export interface FaultStack {
  readonly stack: Stack;
  readonly api: Api;
  readonly road: WorkerRoad;
  /** SIGKILLs the part and resolves once another process runs in its place. */
  kill(part: PartName): Promise<void>;
  /** SIGKILLs the part and lets no other process take its place until the answered function is called, or the test is over. */
  takeDown(part: GatedPart): Promise<() => void>;
  /** Stops the part's process with SIGSTOP, until the answered function is called, or the test is over. */
  freeze(part: PartName): () => void;
  /** Resolves once the edge answers requests. */
  edgeServes(): Promise<void>;
  stop(options?: { force?: boolean }): Promise<void>;
}

export interface FaultStackOptions {
  /** Default: an ephemeral folder. */
  dataDir?: string;
  workerEnv?: Readonly<Record<string, string>>;
  /** The program of the worker, in `fixtures`. Default: the product's, behind a gate. */
  worker?: string;
  /** The program of the edge, likewise. Default: the product's. */
  edge?: string;
}

const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name);

export async function startFaultStack(options: FaultStackOptions = {}): Promise<FaultStack> {
  const { dataDir, workerEnv, worker = 'gated-worker.ts', edge } = options;
  const port = await freePort(0);
  const road = await openWorkerRoad(`http://${LOOPBACK}:${port}`);
  const stack = await startStack({
    ...(dataDir !== undefined && { dataDir }),
    ports: { edge: port },
    modules: {
      temporal: fixture('gated-temporal.ts'),
      worker: fixture(worker),
      ...(edge !== undefined && { edge: fixture(edge) }),
    },
    workerEnv: { ...workerEnv, FAULTS_EDGE_URL: road.url },
  });

  function pidOf(part: PartName): number {
    const pid = stack.pids[part];
    if (pid === null) throw new Error(`no ${part} runs`);
    return pid;
  }

  /** Resolves once its supervisor has seen its end. */
  async function end(part: PartName): Promise<void> {
    const pid = pidOf(part);
    process.kill(pid, 'SIGKILL');
    await until(`the end of the ${part}`, () => stack.pids[part] !== pid);
  }

  async function kill(part: PartName): Promise<void> {
    await end(part);
    await until(`another process for ${part}`, () => stack.pids[part] !== null);
  }

  return {
    stack,
    api: createApi(stack),
    road,
    kill,
    async takeDown(part) {
      const file = holdFile(stack.dataDir, part);
      writeFileSync(file, '');
      const bringBack = () => rmSync(file, { force: true });
      onTestFinished(bringBack);
      await end(part);
      return bringBack;
    },
    freeze(part) {
      const pid = pidOf(part);
      const thaw = () => void process.kill(pid, 'SIGCONT');
      process.kill(pid, 'SIGSTOP');
      onTestFinished(thaw);
      return thaw;
    },
    async edgeServes() {
      const healthy = () =>
        fetch(`${stack.url}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        );
      await until('the edge answers', healthy);
    },
    async stop(options) {
      await stack.stop(options);
      await road.close();
    },
  };
}
