import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/d1';
import { type D1Binding, migrate, readMigrations } from '../d1-migrations.ts';
import { insertLocalKeys, readLocalKeys } from './local-keys.ts';
import { ROOT } from './project.ts';

/** A local D1 binding, as the migrator and as drizzle see it. */
export type LocalD1 = D1Binding & Parameters<typeof drizzle>[0];

/** Migrates the edge's database and makes the API keys of `dataDir` valid in it. */
export async function prepareDatabase(db: LocalD1, dataDir: string): Promise<void> {
  for (const name of await migrate(db, readMigrations(join(ROOT, 'migrations'))))
    console.log(`applied migration ${name}`);
  await insertLocalKeys(drizzle(db), readLocalKeys(dataDir));
}
