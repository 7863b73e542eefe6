import { and, desc, eq, lt } from 'drizzle-orm';
import type { EngineReach, WorkerAnnouncement } from '../../shared/schemas/plugin.ts';
import type { Database } from './database.ts';
import { pluginCatalogue, workers } from './schema.ts';

export type WorkerRow = typeof workers.$inferSelect;

/** Workers that were not heard of for this long are forgotten when the next one announces itself. */
const FORGET_MS = 7 * 86_400_000;

const workerKey = (workspaceId: string, id: string) => and(eq(workers.workspace_id, workspaceId), eq(workers.id, id));

/** Takes in what a worker says of itself: its own row, and its plugins in the catalogue. It is connected once its socket is. */
export async function updateAnnouncement(
  db: Database,
  workspaceId: string,
  { worker_id, pool, plugins, capacity, temporal }: WorkerAnnouncement,
  now: string,
): Promise<void> {
  const operations = plugins
    .filter((plugin) => plugin.available)
    .flatMap((plugin) => plugin.operations.map((operation) => `${plugin.name}.${operation.name}`));
  const said = { pool, operations, capacity, temporal, last_seen_at: now };
  const forgotten = new Date(Date.parse(now) - FORGET_MS).toISOString();
  const catalogue = plugins.map((manifest) => {
    const entry = { manifest, updated_at: now };
    return db
      .insert(pluginCatalogue)
      .values({ workspace_id: workspaceId, pool, name: manifest.name, ...entry })
      .onConflictDoUpdate({
        target: [pluginCatalogue.workspace_id, pluginCatalogue.pool, pluginCatalogue.name],
        set: entry,
      });
  });
  await db.batch([
    db
      .insert(workers)
      .values({ workspace_id: workspaceId, id: worker_id, connected: false, ...said })
      .onConflictDoUpdate({ target: [workers.workspace_id, workers.id], set: said }),
    db.delete(workers).where(and(eq(workers.workspace_id, workspaceId), lt(workers.last_seen_at, forgotten))),
    ...catalogue,
  ]);
}

/** Says that a worker's dispatch socket opened or closed. */
export async function updateConnected(
  db: Database,
  { workspaceId, workerId, connected, now }: { workspaceId: string; workerId: string; connected: boolean; now: string },
): Promise<void> {
  const set = connected ? { connected, last_seen_at: now } : { connected };
  await db.update(workers).set(set).where(workerKey(workspaceId, workerId));
}

/** Says that a worker was heard of, and whether it reaches the engine. */
export async function updateLastSeen(
  db: Database,
  workspaceId: string,
  { workerId, engine, now }: { workerId: string; engine: EngineReach; now: string },
): Promise<void> {
  await db.update(workers).set({ last_seen_at: now, engine }).where(workerKey(workspaceId, workerId));
}

/** Every worker that is not forgotten, the one heard of last first. */
export function listWorkers(db: Database, workspaceId: string) {
  return db.select().from(workers).where(eq(workers.workspace_id, workspaceId)).orderBy(desc(workers.last_seen_at));
}
