import type { Capacity, OperationManifest, PluginManifest } from '../schemas/plugin.ts';

/** What is known of a pool: the newest announcement of its workers. */
export interface KnownPool {
  name: string;
  /** Whether a worker of it is connected now. */
  live: boolean;
  plugins: readonly PluginManifest[];
  capacity: Capacity;
}

/** Everything that was ever announced to this deployment. */
export type Catalogue = readonly KnownPool[];

/** An operation that at least one pool has announced. */
export interface KnownOperation {
  manifest: OperationManifest;
  /** The pools that announced it. */
  pools: readonly KnownPool[];
  /** Null when a live worker can run it now, else what must happen first. */
  unavailable: string | null;
}

/** Operations by name, by plugin name. */
export type OperationIndex = ReadonlyMap<string, ReadonlyMap<string, KnownOperation>>;

/** The operations that any pool has announced, by plugin; of one that several have, the manifest of a live pool counts. */
export function indexOperations(catalogue: Catalogue): OperationIndex {
  const index = new Map<string, Map<string, KnownOperation>>();
  // Live pools first: their manifest is the newest one.
  for (const pool of [...catalogue].sort((a, b) => Number(b.live) - Number(a.live))) {
    for (const plugin of pool.plugins) {
      const operations = index.get(plugin.name) ?? new Map<string, KnownOperation>();
      index.set(plugin.name, operations);
      for (const manifest of plugin.operations) {
        const known = operations.get(manifest.name);
        const unavailable = whyUnavailable(pool, plugin);
        operations.set(manifest.name, {
          manifest: known?.manifest ?? manifest,
          pools: [...(known?.pools ?? []), pool],
          unavailable: known ? unavailable && known.unavailable : unavailable,
        });
      }
    }
  }
  return index;
}

function whyUnavailable({ live }: KnownPool, plugin: PluginManifest): string | null {
  if (!live) return `no worker that runs plugin ${plugin.name} is connected`;
  return plugin.available ? null : (plugin.unavailable_reason ?? `plugin ${plugin.name} is not configured`);
}
