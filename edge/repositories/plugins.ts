import { and, asc, eq } from 'drizzle-orm';
import type { Database } from './database.ts';
import { pluginCatalogue } from './schema.ts';

/** Every plugin that was ever announced to the workspace, by name. */
export function listPlugins(db: Database, workspaceId: string) {
  return db
    .select({ manifest: pluginCatalogue.manifest })
    .from(pluginCatalogue)
    .where(eq(pluginCatalogue.workspace_id, workspaceId))
    .orderBy(asc(pluginCatalogue.name));
}

export function findPlugin(db: Database, workspaceId: string, name: string) {
  return db
    .select({ manifest: pluginCatalogue.manifest })
    .from(pluginCatalogue)
    .where(and(eq(pluginCatalogue.workspace_id, workspaceId), eq(pluginCatalogue.name, name)))
    .get();
}
