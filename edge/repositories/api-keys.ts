import { and, eq, isNull } from 'drizzle-orm';
import type { Database } from './database.ts';
import { apiKeys } from './schema.ts';

export type ApiKeyRow = typeof apiKeys.$inferSelect;

/** A key that was stored before is left as it is, so that a start of the local stack may repeat it. */
export async function insertApiKey(db: Database, row: Omit<ApiKeyRow, 'revoked_at'>): Promise<void> {
  await db.insert(apiKeys).values(row).onConflictDoNothing();
}

/** The key with this hash, unless it was revoked. The look-up is by hash, so its time says nothing about other keys. */
export async function findApiKey(db: Database, hash: string): Promise<ApiKeyRow | null> {
  const row = await db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.hash, hash), isNull(apiKeys.revoked_at)))
    .get();
  return row ?? null;
}
