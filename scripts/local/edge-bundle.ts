import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerOptions } from 'miniflare';
import { ROOT, STATE_DIR } from './project.ts';
import { runCommand } from './run-command.ts';

/** What wrangler.toml says about the edge, in Miniflare's words. */
export type EdgeWorker = Partial<
  Pick<
    WorkerOptions,
    'compatibilityDate' | 'compatibilityFlags' | 'bindings' | 'durableObjects' | 'd1Databases' | 'r2Buckets'
  >
>;

export const wranglerConfig = join(ROOT, 'wrangler.toml');

const BUNDLES = join(STATE_DIR, 'edge');
const SOURCES = ['edge/**/*', 'shared/**/*', 'wrangler.toml', 'package-lock.json', 'scripts/local/build-edge.ts'];

function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const path of globSync(SOURCES, { cwd: ROOT, exclude: ['**/tsconfig.json'] }).sort()) {
    if (!/\.[a-z]+$/.test(path)) continue;
    hash.update(`${path}\0`).update(readFileSync(join(ROOT, path)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** The folder with `index.js` and `worker.json` for the current sources; builds it (4 s) when they changed. */
export async function edgeBundle({
  signal,
  say,
}: {
  signal?: AbortSignal;
  say: (text: string) => void;
}): Promise<string> {
  const folder = join(BUNDLES, sourcesHash());
  if (existsSync(folder)) return folder;
  say('building the edge');
  // Built aside and renamed: another command may build the same bundle right now, and this one may be interrupted.
  const draft = join(BUNDLES, `draft-${process.pid}`);
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  try {
    const { code, output } = await runCommand(process.execPath, [join(ROOT, 'scripts/local/build-edge.ts'), draft], {
      cwd: ROOT,
      signal,
      onWait: (seconds) => say(`building the edge … ${seconds} s`),
    });
    if (code !== 0) throw new Error(`the edge does not build:\n${output}`);
    try {
      renameSync(draft, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  forgetOldBundles(folder);
  return folder;
}

/** Keeps the newest few: a running stack restarts its edge from the bundle that it began with. */
function forgetOldBundles(current: string): void {
  const kept = 5;
  const byAge = readdirSync(BUNDLES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('draft-'))
    .map((entry) => join(BUNDLES, entry.name))
    .filter((folder) => folder !== current)
    // Another command may be deleting the same ones.
    .map((folder) => ({ folder, at: statSync(join(folder, 'worker.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at);
  for (const { folder } of byAge.slice(kept - 1)) rmSync(folder, { recursive: true, force: true });
}
