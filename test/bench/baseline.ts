/**
 * The yardstick: the same work as a workflow that somebody writes by hand with the Temporal SDK, on the same server,
 * with the same activity body, timeouts, retry, heartbeat and worker options as the product's.
 *
 * One file on purpose: loaded in the workflow sandbox it is the workflows, run by Node (`startBaseline`) the process around them.
 */
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { proxyActivities } from '@temporalio/workflow';
import { WAITING_WORKER_OPTIONS } from '../../worker-node/engine-options.ts';
import { stepActivityOptions } from '../../worker-node/workflows/step-activity-options.ts';
import type { Work } from './work.ts';

interface Echo {
  value: number;
}

/** What a step gets that says nothing of its own. */
const STEP_TIMEOUT_MS = 3_600_000;

const { echo } = proxyActivities<{ echo(config: Echo): Promise<Echo> }>(
  stepActivityOptions({ timeout_ms: STEP_TIMEOUT_MS }),
);

/** `length` echoes, one after the other. */
export async function chain(length: number): Promise<Echo | null> {
  let last: Echo | null = null;
  for (let i = 0; i < length; i += 1) last = await echo({ value: i });
  return last;
}

/** `width` echoes at once, then one more. */
export async function fanout(width: number): Promise<Echo> {
  await Promise.all(Array.from({ length: width }, (_, i) => echo({ value: i })));
  return echo({ value: width });
}

const TASK_QUEUE = 'baseline';
const OUTSIDE_THE_SANDBOX = ['@temporalio/client', '@temporalio/worker', '../../worker-node/engine-options.ts'];

export interface Baseline {
  /** Runs the work to its end; milliseconds from the first submission. */
  run(work: Work): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a worker of the hand-written workflows in this process. */
export async function startBaseline(address: string): Promise<Baseline> {
  // Signals are the benchmark's business: it stops the worker and the stack in order.
  Runtime.install({
    logger: new DefaultLogger('WARN'),
    // The SDK's native part writes its log to stdout, where the results alone are to be.
    telemetryOptions: { logging: { filter: 'off' } },
    shutdownSignals: [],
  });
  const native = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    ...WAITING_WORKER_OPTIONS,
    connection: native,
    taskQueue: TASK_QUEUE,
    workflowsPath: import.meta.filename,
    bundlerOptions: { ignoreModules: OUTSIDE_THE_SANDBOX },
    activities: { echo: async (config: Echo) => config },
  });
  const running = worker.run();
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });

  return {
    async run({ workflow, size, count }) {
      const begin = performance.now();
      await Promise.all(
        Array.from({ length: count }, () =>
          client.workflow.execute(workflow, {
            taskQueue: TASK_QUEUE,
            workflowId: `baseline-${crypto.randomUUID()}`,
            args: [size],
          }),
        ),
      );
      return performance.now() - begin;
    },
    async stop() {
      worker.shutdown();
      await running;
      await connection.close();
      await native.close();
    },
  };
}
