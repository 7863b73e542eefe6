import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readLocalKeys } from '../../../scripts/local/local-keys.ts';
import { isPartMessage } from '../../../scripts/local/part-messages.ts';
import { ROOT } from '../../../scripts/local/project.ts';
import type { StackInfo } from '../../../scripts/local/stack.ts';
import { openWorkerRoad, type WorkerRoad } from './worker-road.ts';

/** Another worker of a stack's pool, on the same data folder. It has a road of its own, and nobody starts it again. */
export interface SecondWorker {
  readonly pid: number;
  readonly road: WorkerRoad;
  /** SIGKILLs it and resolves once it is gone; nothing when it is. */
  kill(): Promise<void>;
}

/** Resolves once it is ready; it ends with the test. */
export async function startSecondWorker(stack: StackInfo & { dataDir: string }): Promise<SecondWorker> {
  const road = await openWorkerRoad(stack.url);
  const log = openSync(join(stack.dataDir, 'second-worker.log'), 'a');
  const child = fork(join(ROOT, 'worker-node/main.ts'), [], {
    env: {
      ...process.env,
      WF_EDGE_URL: road.url,
      WF_WORKER_KEY: readLocalKeys(stack.dataDir).worker.key,
      WF_POOL: 'default',
      TEMPORAL_ADDRESS: stack.temporal.address,
      TEMPORAL_NAMESPACE: stack.temporal.namespace,
      WF_DATA_DIR: stack.dataDir,
      WF_PROJECT_DIR: ROOT,
    },
    stdio: ['ignore', log, log, 'ipc'],
    execArgv: [],
  });
  closeSync(log);
  const gone = once(child, 'exit');
  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await gone;
  }
  onTestFinished(async () => {
    await kill();
    await road.close();
  });
  const ready = new Promise<void>((resolve) => {
    child.on('message', (message) => isPartMessage(message) && message.type === 'ready' && resolve());
  });
  const early = gone.then(() => Promise.reject(new Error('the second worker does not start')));
  await Promise.race([ready, early]);
  // Its end is what comes next.
  early.catch(() => undefined);
  if (child.pid === undefined) throw new Error('the second worker has no process');
  return { pid: child.pid, road, kill };
}
