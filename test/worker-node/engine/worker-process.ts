/**
 * A worker of its own process, to be killed: `worker-process.ts ADDRESS POOL BUNDLE [VENDOR]`. Its plugin `test` tells the
 * parent what it begins and never ends, `vendor` runs jobs of the vendor at that URL; updates go nowhere, as those in the
 * memory of a killed worker.
 */
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

const [address = '', pool = '', codePath = '', vendor = ''] = process.argv.slice(2);
const test = createTestPlugin();
test.run = async (ctx) => {
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
