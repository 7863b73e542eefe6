import { createSuggester, didYouMean, listNames } from '../../shared/domain/nearest.ts';
import { quote } from '../../shared/domain/violations.ts';
import { AppError } from '../../shared/errors.ts';
import type { PluginManifest } from '../../shared/schemas/plugin.ts';
import type { Database } from '../repositories/database.ts';
import type { Call } from './caller.ts';
import { findCatalogue } from './catalogue.ts';

/** The use cases of plugins. */
export interface PluginService {
  /** Every plugin that a worker ever announced, by name, with its availability right now. */
  list(call: Call): Promise<PluginManifest[]>;
  /** Throws NOT_FOUND. */
  get(call: Call, name: string): Promise<PluginManifest>;
}

/** Answers from the catalogue, which keeps what workers announced. */
export function createPluginService({ db }: { db: Database }): PluginService {
  async function list(call: Call): Promise<PluginManifest[]> {
    const byName = new Map<string, PluginManifest>();
    for (const { live, plugins: announced } of await findCatalogue(db, call)) {
      for (const manifest of announced) {
        const offline = { ...manifest, available: false, unavailable_reason: 'no worker that runs it is connected' };
        const known = byName.get(manifest.name);
        if (!known?.available) byName.set(manifest.name, live ? manifest : (known ?? offline));
      }
    }
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  return {
    list,
    async get(call, name) {
      const plugins = await list(call);
      const found = plugins.find((plugin) => plugin.name === name);
      if (found) return found;
      const names = plugins.map((plugin) => plugin.name);
      const hint = `${didYouMean(createSuggester(names)(name))}${listNames(names)}`;
      throw new AppError('NOT_FOUND', `no worker has announced a plugin ${quote(name)}${hint}`);
    },
  };
}
