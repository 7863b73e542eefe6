/**
 * Runs the edge: the bundle in Miniflare, on one fixed loopback port. Its only argument is an EdgeHostConfig as JSON.
 * The process that serves is workerd, Miniflare's child; this one ends with it (see tieToNative).
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare } from 'miniflare';
import type { EdgeWorker } from './edge-bundle.ts';
import { freePort, LOOPBACK } from './free-port.ts';
import { tieToNative } from './host-native.ts';
import { tellSupervisor } from './part-messages.ts';

export interface EdgeHostConfig {
  port: number;
  /** Folder of the bundle, see edgeBundle. */
  bundle: string;
  dataDir: string;
  /** Bindings besides those of wrangler.toml. */
  bindings: Record<string, string>;
}

const config = JSON.parse(process.argv[2] ?? '') as EdgeHostConfig;
// workerd would say so too, behind the words of Miniflare and without the number.
if ((await freePort(config.port)) !== config.port) throw new Error(`port ${config.port} on ${LOOPBACK} is taken`);

const worker = JSON.parse(readFileSync(join(config.bundle, 'worker.json'), 'utf8')) as EdgeWorker;

// Miniflare keeps its child to itself and replaces it when it dies, on a new connection to state that this process
// holds; a clean restart of both is simpler to reason about. Node announces every child on this channel.
const spawned = Promise.withResolvers<void>();
subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess };
  child.once('spawn', () => {
    tieToNative(child, () => void miniflare.dispose());
    spawned.resolve();
  });
});

const miniflare = new Miniflare({
  ...worker,
  bindings: { ...worker.bindings, ...config.bindings },
  name: 'edge',
  modules: true,
  modulesRoot: config.bundle,
  scriptPath: join(config.bundle, 'index.js'),
  host: LOOPBACK,
  // The API has a socket of its own: on this one every request passes through a script of Miniflare's first, which takes
  // several times what a short request takes. It serves the look at D1 below alone.
  port: 0,
  unsafeDirectSockets: [{ host: LOOPBACK, port: config.port }],
  defaultPersistRoot: join(config.dataDir, 'edge'),
  // No look-up of a sample request's `cf` on the internet.
  cf: false,
  log: new Log(LogLevel.WARN),
});
// It takes as long to load as Miniflare itself: it does so while workerd starts.
await Promise.race([spawned.promise, miniflare.ready]);
const { prepareDatabase } = await import('./prepare-database.ts');
await miniflare.ready;
await prepareDatabase(await miniflare.getD1Database('DB'), config.dataDir);
tellSupervisor({ type: 'ready' });
