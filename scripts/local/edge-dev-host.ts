/** Runs the edge in `wrangler dev`, which reloads it when its sources change. Its only argument is an EdgeHostConfig as JSON. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getPlatformProxy } from 'wrangler';
import { wranglerConfig } from './edge-bundle.ts';
import type { EdgeHostConfig } from './edge-host.ts';
import { LOOPBACK } from './free-port.ts';
import { isHealthy } from './health.ts';
import { hostNative } from './host-native.ts';
import { tellSupervisor } from './part-messages.ts';
import { type LocalD1, prepareDatabase } from './prepare-database.ts';
import { bin } from './project.ts';

// Nothing here needs the internet: neither a sample request's `cf` nor usage reports.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
process.env.WRANGLER_SEND_METRICS = 'false';

const config = JSON.parse(process.argv[2] ?? '') as EdgeHostConfig;
const state = join(config.dataDir, 'wrangler');

// `wrangler dev` keeps its state in the folder v3 below --persist-to.
const proxy = await getPlatformProxy<{ DB: LocalD1 }>({
  configPath: wranglerConfig,
  persist: { path: join(state, 'v3') },
});
await prepareDatabase(proxy.env.DB, config.dataDir);
await proxy.dispose();

const bindings = Object.entries(config.bindings).flatMap(([name, value]) => ['--var', `${name}:${value}`]);
await hostNative(bin('wrangler'), [
  'dev',
  ...['--config', wranglerConfig, '--ip', LOOPBACK, '--port', String(config.port), '--persist-to', state],
  ...['--local', '--show-interactive-dev-session=false', '--inspector-port', '0'],
  ...bindings,
]);

while (!(await isHealthy(`http://${LOOPBACK}:${config.port}`))) await sleep(100);
tellSupervisor({ type: 'ready' });
