import { Client } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions, type WorkflowBundle } from '@temporalio/worker';
import { backoffMs } from './backoff.ts';
import { COMPUTE_WORKER_OPTIONS, SHUTDOWN_OPTIONS, WAITING_WORKER_OPTIONS } from './engine-options.ts';
import { describeError, type Logger } from './logger.ts';
import { pause } from './pause.ts';
import { computeQueue } from './workflows/contract.ts';

export interface EngineWorkersOptions {
  address: string;
  namespace: string;
  pool: string;
  identity: string;
  workflowBundle: WorkflowBundle;
  activities: object;
  sinks: NonNullable<WorkerOptions['sinks']>;
  logger: Logger;
  /** Ends them: no new work is taken, and running steps get their time to finish. */
  signal: AbortSignal;
}

export interface EngineWorkers {
  /** Resolves once they take work. */
  readonly running: Promise<void>;
  /** Resolves once the signal is aborted and what they ran has ended. */
  readonly ended: Promise<void>;
  /** A client on the workers' own connection; undefined while they do not run. */
  client(): Client | undefined;
}

const BACKOFF = { firstMs: 250, maxMs: 5_000 };

/**
 * Runs the pool's two workers inside Temporal until the signal is aborted. While Temporal is away the SDK polls on by
 * itself; what it gives up on (no connection at start, a missing namespace) is tried again here.
 */
export function runEngineWorkers(options: EngineWorkersOptions): EngineWorkers {
  let client: Client | undefined;
  let ended: Promise<void> = Promise.resolve();
  const running = new Promise<void>((resolve) => {
    ended = keepRunning(options, (current) => {
      client = current;
      if (client) resolve();
    });
  });
  return { running, ended, client: () => client };
}

async function keepRunning(
  options: EngineWorkersOptions,
  onClient: (client: Client | undefined) => void,
): Promise<void> {
  const { address, namespace, pool, logger, signal } = options;
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      await withConnection(address, async (connection) => {
        const workers = await createWorkers(connection, options);
        logger.info('takes work from Temporal', { address, namespace, pool });
        onClient(new Client({ connection, namespace }));
        failures = 0;
        await runAll(workers, signal).finally(() => onClient(undefined));
      });
    } catch (error) {
      logger.warn('the workers inside Temporal do not run', { address, error: describeError(error), failures });
      await pause(backoffMs(BACKOFF, Math.max(1, failures)), signal);
    }
  }
}

async function withConnection(address: string, use: (connection: NativeConnection) => Promise<void>): Promise<void> {
  const connection = await NativeConnection.connect({ address });
  try {
    await use(connection);
  } finally {
    await connection.close();
  }
}

function createWorkers(connection: NativeConnection, options: EngineWorkersOptions): Promise<Worker[]> {
  const { namespace, pool, identity, workflowBundle, activities, sinks } = options;
  const common: Omit<WorkerOptions, 'taskQueue'> = { connection, namespace, identity, activities, ...SHUTDOWN_OPTIONS };
  return Promise.all([
    Worker.create({ ...common, ...WAITING_WORKER_OPTIONS, taskQueue: pool, workflowBundle, sinks }),
    Worker.create({ ...common, ...COMPUTE_WORKER_OPTIONS, taskQueue: computeQueue(pool) }),
  ]);
}

/** Resolves when all have ended after the signal; when one fails the others are ended, and its error is thrown. */
async function runAll(workers: readonly Worker[], signal: AbortSignal): Promise<void> {
  const endAll = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const runs = workers.map((worker) => worker.run().finally(endAll));
  signal.addEventListener('abort', endAll, { once: true });
  if (signal.aborted) endAll();
  const outcomes = await Promise.allSettled(runs);
  signal.removeEventListener('abort', endAll);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
