/**
 * A worker of its own process, to be killed or frozen: `worker-process.ts ADDRESS POOL BUNDLE [VENDOR [SLOTS]]`. Its plugin `test`
 * tells the parent what it begins, when it has stored an artifact `store` of the config, and when it is to end, which it never
 * does; `vendor` runs jobs of the vendor at that URL. Updates go nowhere, as those in the memory of a killed worker. Artifacts
 * are in the current folder.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../../../worker-node/activities/create-activities.ts';
import { createRunningTries } from '../../../worker-node/activities/running-tries.ts';
import { createSinks } from '../../../worker-node/activities/sinks.ts';
import { createArtifactStore } from '../../../worker-node/artifacts/artifact-store.ts';
import { createTemporalGateway } from '../../../worker-node/dispatch/temporal-gateway.ts';
import { createTestEdge } from './test-edge.ts';
import { createTestPlugin, deaf, withCore } from './test-plugin.ts';
import { createVendorPlugin } from './vendor-plugin.ts';

const [address = '', pool = '', codePath = '', vendor = '', slots = '100'] = process.argv.slice(2);
const test = createTestPlugin();
test.run = async (ctx) => {
  if (ctx.config.store !== undefined) {
    const path = join(await ctx.artifacts.workdir(), 'file');
    await writeFile(path, 'of the lost worker');
    await ctx.artifacts.put(String(ctx.config.store), path);
    ctx.killSignal.addEventListener('abort', () => process.send?.({ ends: ctx.step.id }));
  }
  process.send?.({ begun: ctx.step.id });
  return ctx.step.id === 'endless' ? deaf(ctx) : ctx.config;
};
const poster = { ...createTestEdge(), post: () => undefined, confirm: async () => 'ok' as const };
const running = createRunningTries();
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue: pool,
  workflowBundle: { codePath },
  maxConcurrentActivityTaskExecutions: Number(slots),
  // Its workflows are soon somebody else's when it is gone.
  stickyQueueScheduleToStartTimeout: '1 s',
  sinks: createSinks({ poster, sightings: { seen: () => undefined }, running }),
  activities: createActivities({
    registry: withCore(test.plugin, createVendorPlugin(vendor)),
    poster,
    edge: poster,
    artifacts: createArtifactStore({ dir: process.cwd() }),
    running,
    runs: createTemporalGateway({ client: new Client({ connection }), pool }),
    projectDir: process.cwd(),
    dataDir: process.cwd(),
  }),
});
process.once('disconnect', () => process.exit(0));
process.send?.('ready');
await worker.run();
