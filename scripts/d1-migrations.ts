import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** As much of a D1 binding as the migrator uses; a local (Miniflare) and a remote binding both have it. */
export interface D1Binding {
  prepare(sql: string): D1Statement;
  /** One transaction: all statements or none. */
  batch(statements: D1Statement[]): Promise<unknown>;
}

interface D1Statement {
  bind(...values: unknown[]): D1Statement;
  all<Row>(): Promise<{ results: Row[] }>;
}

export interface Migration {
  /** File name, `0000_name.sql`: their order is the order of application. */
  name: string;
  statements: string[];
}

/** The migrations that drizzle-kit wrote into `folder`. */
export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({
      name,
      statements: readFileSync(join(folder, name), 'utf8')
        .split('--> statement-breakpoint')
        .map((statement) => statement.trim())
        .filter((statement) => statement !== ''),
    }));
}

// The table that `wrangler d1 migrations` keeps: both can be used on one database.
const TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

async function appliedMigrations(db: D1Binding): Promise<Set<string>> {
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all<{ name: string }>();
  return new Set(results.map((row) => row.name));
}

/**
 * Applies what `db` lacks, in order, and returns their names. Each migration is one transaction together with the
 * note that it was applied, so a crash at any point leaves it applied or not, and the next call goes on from there. Throws when
 * `db` has a migration that is not among them: what is written by the rules of an older version may damage what a newer one reads.
 */
export async function migrate(db: D1Binding, migrations: readonly Migration[]): Promise<string[]> {
  await db.prepare(TABLE).all();
  const applied = await appliedMigrations(db);
  const known = new Set(migrations.map(({ name }) => name));
  const later = [...applied].find((name) => !known.has(name));
  if (later !== undefined)
    throw new Error(
      `a newer version has written this database (migration ${later}): update this checkout, or use another data folder`,
    );
  const missing = migrations.filter(({ name }) => !applied.has(name));
  for (const { name, statements } of missing) {
    const note = db.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name);
    try {
      await db.batch([...statements.map((statement) => db.prepare(statement)), note]);
    } catch (error) {
      throw new Error(`migration ${name} failed and was rolled back: ${(error as Error).message}`, { cause: error });
    }
  }
  return missing.map(({ name }) => name);
}
