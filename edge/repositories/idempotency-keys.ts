import { and, eq, lt } from 'drizzle-orm';
import type { Database } from './database.ts';
import { idempotencyKeys } from './schema.ts';

export type IdempotencyRow = typeof idempotencyKeys.$inferSelect;
type Key = Pick<IdempotencyRow, 'workspace_id' | 'operation' | 'key'>;

const isKey = ({ workspace_id, operation, key }: Key) =>
  and(
    eq(idempotencyKeys.workspace_id, workspace_id),
    eq(idempotencyKeys.operation, operation),
    eq(idempotencyKeys.key, key),
  );

/**
 * Stores the row unless its key is taken, and answers the row that holds the key: of several requests at once all get
 * the same, and one of them is the first. Keys from before `expired` are forgotten before.
 */
export async function insertIdempotencyKey(
  db: Database,
  row: Omit<IdempotencyRow, 'status'>,
  expired: string,
): Promise<{ held: IdempotencyRow; first: boolean }> {
  const [, inserted, rows] = await db.batch([
    db.delete(idempotencyKeys).where(lt(idempotencyKeys.created_at, expired)),
    db.insert(idempotencyKeys).values(row).onConflictDoNothing().returning({ key: idempotencyKeys.key }),
    db.select().from(idempotencyKeys).where(isKey(row)),
  ]);
  const [held] = rows;
  if (held === undefined) throw new Error('the idempotency key was stored and is not there');
  return { held, first: inserted.length > 0 };
}

/** The row of a key that was given after `expired`. */
export async function findIdempotencyKey(db: Database, key: Key, expired: string): Promise<IdempotencyRow | null> {
  const row = await db.select().from(idempotencyKeys).where(isKey(key)).get();
  return row === undefined || row.created_at < expired ? null : row;
}

/** Keeps that the request was answered, and how. */
export async function updateIdempotencyKey(db: Database, key: Key, status: number): Promise<void> {
  await db.update(idempotencyKeys).set({ status }).where(isKey(key));
}
