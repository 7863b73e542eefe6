import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { inject } from 'vitest';
import { engineWorkflowId, type StopPayload } from '../../../shared/schemas/command.ts';
import type { JsonObject } from '../../../shared/schemas/json.ts';
import type { Plan } from '../../../shared/schemas/plan.ts';
import { createActivities } from '../../../worker-node/activities/create-activities.ts';
import { createRunningTries, type RunningTries } from '../../../worker-node/activities/running-tries.ts';
import { createSinks } from '../../../worker-node/activities/sinks.ts';
import { type ArtifactStore, createArtifactStore } from '../../../worker-node/artifacts/artifact-store.ts';
import { createTemporalGateway } from '../../../worker-node/dispatch/temporal-gateway.ts';
import type { Plugin } from '../../../worker-node/plugins/define-plugin.ts';
import { computeQueue, PIPELINE, type RunLimits, STOP_SIGNAL } from '../../../worker-node/workflows/contract.ts';
import { payloadOf } from './plans.ts';
import { createTestEdge, type TestEdge } from './test-edge.ts';
import { createTestPlugin, type TestPlugin, withCore } from './test-plugin.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

export interface TestWorker {
  readonly client: Client;
  readonly edge: TestEdge;
  readonly test: TestPlugin;
  readonly pool: string;
  readonly artifacts: ArtifactStore;
  /** Its folder, which another worker of the pool can share. */
  readonly artifactsDir: string;
  readonly running: RunningTries;
  /** `quietUntil` of every activation that the sink told of. */
  readonly sightings: (string | null)[];
  start(plan: Plan, options?: StartOptions): Promise<{ id: string; handle: WorkflowHandle }>;
  /** The stop signal, and the cancel frame beside it unless `frame` is false. */
  stop(executionId: string, payload?: Partial<StopPayload> & { command_id?: string; frame?: boolean }): Promise<void>;
  /** Ends the workers inside the engine; `resume` starts new ones with empty caches. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

export interface StartOptions {
  parameters?: JsonObject;
  limits?: Partial<RunLimits>;
  /** Leave the plan out of the start, as if it were too large. */
  byReference?: boolean;
}

/** A worker with a pool of its own, on the shared dev server; `plugins` besides `core` and `test`, other options for its queue of waiting steps. */
export async function createTestWorker({
  plugins = [],
  computeSlots = 2,
  ...options
}: Partial<WorkerOptions> & { plugins?: Plugin[]; computeSlots?: number } = {}): Promise<TestWorker> {
  const address = inject('temporalAddress');
  const codePath = inject('workflowBundle');
  const pool = `pool-${randomUUID()}`;
  const folder = await mkdtemp(join(tmpdir(), 'wf-worker-'));
  const native = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  const edge = createTestEdge();
  const test = createTestPlugin();
  const artifactsDir = join(folder, 'data');
  const artifacts = createArtifactStore({ dir: artifactsDir });
  const running = createRunningTries();
  const sightings: (string | null)[] = [];
  const activities = createActivities({
    registry: withCore(test.plugin, ...plugins),
    poster: edge,
    edge,
    artifacts,
    running,
    runs: createTemporalGateway({ client, pool }),
    projectDir: folder,
    dataDir: join(folder, 'data'),
  });
  const sinks = createSinks({
    poster: edge,
    sightings: { seen: (_id, _attempt, quietUntil) => sightings.push(quietUntil) },
    running,
  });
  let workers: { worker: Worker; ended: Promise<void> }[] = [];

  async function resume(): Promise<void> {
    const common = { connection: native, activities, maxHeartbeatThrottleInterval: '1 s' } as const;
    const made = await Promise.all([
      Worker.create({
        ...common,
        taskQueue: pool,
        workflowBundle: { codePath },
        sinks,
        maxConcurrentActivityTaskExecutions: 1_000,
        ...options,
      }),
      Worker.create({ ...common, taskQueue: computeQueue(pool), maxConcurrentActivityTaskExecutions: computeSlots }),
    ]);
    workers = made.map((worker) => ({ worker, ended: worker.run() }));
  }

  async function pause(): Promise<void> {
    for (const { worker } of workers) worker.shutdown();
    await Promise.all(workers.map(({ ended }) => ended));
    workers = [];
  }

  await resume();
  return {
    client,
    edge,
    test,
    pool,
    artifacts,
    artifactsDir,
    running,
    sightings,
    async start(plan, { parameters, limits, byReference = false } = {}) {
      const payload = payloadOf(byReference ? null : plan, parameters);
      const { id, attempt } = payload.context.execution;
      edge.create(payload, plan);
      const workflowId = engineWorkflowId(id, attempt);
      const args = [{ payload, ...(limits && { limits }) }];
      const handle = await client.workflow.start(PIPELINE, { taskQueue: pool, workflowId, args });
      return { id, handle };
    },
    async stop(executionId, { frame = true, ...payload } = {}) {
      const signal = {
        command_id: 'cmd_stop',
        reason: null,
        graceful: true,
        cleanup_resources: true,
        save_partial_results: true,
        ...payload,
      };
      await client.workflow.getHandle(engineWorkflowId(executionId, 1)).signal(STOP_SIGNAL, signal);
      if (frame) running.cancel(executionId, 1, signal.graceful);
    },
    pause,
    resume,
    async close() {
      await pause();
      await connection.close();
      await native.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
