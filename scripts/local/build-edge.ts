/**
 * Writes into the folder that is its only argument what Miniflare needs to run the edge: wrangler's bundle
 * (`index.js`) and the bindings that wrangler.toml declares (`worker.json`).
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { type EdgeWorker, wranglerConfig } from './edge-bundle.ts';
import { bin, ROOT } from './project.ts';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: build-edge.ts FOLDER');

// In this process's own group, which whoever waits for the build ends as a whole.
const { status } = spawnSync(bin('wrangler'), ['deploy', '--dry-run', '--outdir', folder, '--config', wranglerConfig], {
  cwd: ROOT,
  env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', CI: '1' },
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (status !== 0) process.exit(1);

// Wrangler's own Miniflare is another major version: only the options that both know, and that the edge uses, are kept.
const { workerOptions } = unstable_getMiniflareWorkerOptions(wranglerConfig);
const { compatibilityDate, compatibilityFlags, bindings, durableObjects, d1Databases, r2Buckets } = workerOptions;
const worker = { compatibilityDate, compatibilityFlags, bindings, durableObjects, d1Databases, r2Buckets };
writeFileSync(join(folder, 'worker.json'), JSON.stringify(worker satisfies Record<keyof EdgeWorker, unknown>, null, 2));
