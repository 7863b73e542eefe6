import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { createActivities } from './activities/create-activities.ts';
import { createRunningTries } from './activities/running-tries.ts';
import { createSinks } from './activities/sinks.ts';
import { announce } from './announce.ts';
import { createArtifactStore } from './artifacts/artifact-store.ts';
import type { Config } from './config.ts';
import { createApplyCommand } from './dispatch/apply-command.ts';
import { createDispatcher } from './dispatch/dispatcher.ts';
import { createEdgeClient } from './dispatch/edge-client.ts';
import { createLiving, reportLiving } from './dispatch/living.ts';
import { createPoster } from './dispatch/poster.ts';
import { probeEngine } from './dispatch/probe-engine.ts';
import { createStopUnwanted } from './dispatch/stop-unwanted.ts';
import { createTellUnreadable } from './dispatch/tell-unreadable.ts';
import { createTemporalGateway } from './dispatch/temporal-gateway.ts';
import { watchClosed } from './dispatch/watch-closed.ts';
import { DIRECT_CHANNEL } from './engine-channel.ts';
import { runEngineWorkers } from './engine-workers.ts';
import type { Logger } from './logger.ts';
import { createRegistry } from './plugins/registry.ts';
import { bundleWorkflows } from './workflow-bundle.ts';

export interface RunWorkerOptions {
  config: Config;
  env: Readonly<Record<string, string | undefined>>;
  logger: Logger;
  /** Ends the worker. */
  signal: AbortSignal;
  /** Called once the edge knows this worker and it takes work from Temporal, or Temporal is away for long. */
  onReady(): void;
}

/** What is left of the 10 s that a supervisor allows after running steps had their time. */
const LAST_POSTS_MS = 1_500;
/** Past this the worker is ready without Temporal: starts wait at the edge until it is back. */
const READY_WITHOUT_ENGINE_MS = 30_000;
const CHANNEL = {
  ...DIRECT_CHANNEL,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
};

/**
 * The worker: everything put together, until the signal is aborted and what runs has ended. It starts and stays up without
 * the edge and without Temporal, and works as soon as both are there.
 */
export async function runWorker({ config, env, logger, signal, onReady }: RunWorkerOptions): Promise<void> {
  const { pool, dataDir, projectDir, temporal } = config;
  const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const registry = createRegistry({ cacheDir: join(dataDir, 'cache'), env });
  const artifacts = createArtifactStore({ dir: join(dataDir, 'artifacts') });
  const running = createRunningTries();
  const edge = createEdgeClient(config.edge);
  // No retries of its own: what fails goes back to the edge, which knows when to try again and what was withdrawn.
  const connection = Connection.lazy({ address: temporal.address, interceptors: [], channelArgs: CHANNEL });
  const client = new Client({ connection, namespace: temporal.namespace });
  const gateway = createTemporalGateway({ client, pool, eagerClient: () => engine.client() });
  const stopUnwanted = createStopUnwanted({ gateway, cancel: running.cancel, logger, signal });
  const poster = createPoster({
    workerId,
    edge,
    logger,
    spillDir: join(dataDir, 'unsent'),
    memoryBytes: config.posterMemory,
    onGone: stopUnwanted,
  });
  const living = createLiving({
    workerId,
    edge,
    running: running.attempts,
    probeEngine: () => probeEngine(connection, temporal.namespace),
    logger,
  });

  const [plugins, workflowBundle] = await Promise.all([
    registry.manifests(),
    bundleWorkflows({ traces: config.logLevel === 'debug' }),
  ]);
  const announcement = {
    worker_id: workerId,
    pool,
    plugins,
    capacity: config.capacity,
    temporal: { address: temporal.address, namespace: temporal.namespace, ui_url: temporal.uiUrl },
  };
  const say = () => announce(announcement, { edge, logger, signal });

  const announced = say();

  async function workForEdge(): Promise<void> {
    const answer = await announced;
    if (!answer) return;
    const dispatcher = createDispatcher({
      edgeUrl: config.edge.url,
      key: config.edge.key,
      pool,
      workerId,
      shards: answer.shards,
      logger,
      apply: createApplyCommand({ gateway, poster, sightings: living, logger }),
      onUnreadable: createTellUnreadable(poster),
      cancel: running.cancel,
      // An edge that was away may have forgotten this worker.
      onReconnected: say,
    });
    signal.addEventListener('abort', dispatcher.close, { once: true });
    if (signal.aborted) dispatcher.close();
    await dispatcher.connected;
  }

  const engine = runEngineWorkers({
    address: temporal.address,
    namespace: temporal.namespace,
    pool,
    identity: workerId,
    workflowBundle,
    activities: createActivities({
      registry,
      poster,
      edge: { ...edge, publish: poster.publish },
      artifacts,
      running,
      runs: gateway,
      projectDir,
      dataDir,
    }),
    sinks: createSinks({ poster, sightings: living, running }),
    logger,
    signal,
  });
  const watching = watchClosed({ gateway, poster, logger, signal });
  const reporting = announced.then(() => reportLiving(living, signal));
  const engineOrLate = Promise.race([engine.running, sleep(READY_WITHOUT_ENGINE_MS, undefined, { ref: false })]);
  void Promise.all([workForEdge(), engineOrLate]).then(() => !signal.aborted && onReady());

  await engine.ended;
  await Promise.all([watching, reporting]);
  await poster.close(LAST_POSTS_MS);
  await Promise.all([edge.close(), connection.close()]);
}
