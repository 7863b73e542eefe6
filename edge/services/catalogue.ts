import type { Catalogue, KnownPool } from '../../shared/domain/catalogue.ts';
import type { PluginManifest } from '../../shared/schemas/plugin.ts';
import type { Database } from '../repositories/database.ts';
import { listPlugins, type PluginRow } from '../repositories/plugins.ts';
import { listWorkers, type WorkerRow } from '../repositories/workers.ts';
import type { Call } from './caller.ts';

/** A connected worker that was not heard of for this long does not count as live. */
const LIVE_MS = 30_000;

/** The workers that can take work at `now` (ISO 8601), in the order given. */
export function liveWorkers(workers: readonly WorkerRow[], now: string): WorkerRow[] {
  const since = new Date(Date.parse(now) - LIVE_MS).toISOString();
  return workers.filter((worker) => worker.connected && worker.last_seen_at >= since);
}

/**
 * What is known of every pool, from the rows of its plugins and of its workers (heard of last first). A plugin of a live
 * pool is available when a live worker offers it, whatever was announced last.
 */
export function toCatalogue(plugins: readonly PluginRow[], workers: readonly WorkerRow[], now: string): Catalogue {
  const live = liveWorkers(workers, now);
  const pools = new Set([...plugins, ...workers].map(({ pool }) => pool));
  return [...pools].map((name): KnownPool => {
    const here = live.filter(({ pool }) => pool === name);
    const operations = new Set(here.flatMap((worker) => worker.operations));
    return {
      name,
      live: here.length > 0,
      capacity: (here[0] ?? workers.find(({ pool }) => pool === name))?.capacity ?? {},
      plugins: plugins
        .filter(({ pool }) => pool === name)
        .map(({ manifest }) => (here.length > 0 ? withAvailability(manifest, operations) : manifest)),
    };
  });
}

/** The catalogue of the caller's workspace right now. */
export async function findCatalogue(db: Database, { caller, now }: Pick<Call, 'caller' | 'now'>): Promise<Catalogue> {
  const [plugins, workers] = await db.batch([listPlugins(db, caller.workspaceId), listWorkers(db, caller.workspaceId)]);
  return toCatalogue(plugins, workers, now);
}

function withAvailability(manifest: PluginManifest, offered: ReadonlySet<string>): PluginManifest {
  const available = manifest.operations.some(({ name }) => offered.has(`${manifest.name}.${name}`));
  if (available) return { ...manifest, available, unavailable_reason: null };
  return { ...manifest, available, unavailable_reason: manifest.unavailable_reason ?? 'no live worker offers it' };
}
