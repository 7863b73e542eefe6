import { asc, eq } from 'drizzle-orm';
import type { Database } from './database.ts';
import { pluginCatalogue } from './schema.ts';

export type PluginRow = typeof pluginCatalogue.$inferSelect;

/** Every plugin that a pool of the workspace ever announced, by pool and name. */
export function listPlugins(db: Database, workspaceId: string) {
  return db
    .select()
    .from(pluginCatalogue)
    .where(eq(pluginCatalogue.workspace_id, workspaceId))
    .orderBy(asc(pluginCatalogue.pool), asc(pluginCatalogue.name));
}
