import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type D1Binding, migrate, readMigrations } from '../../scripts/d1-migrations.ts';
import { temporaryFolder } from './temporary-folder.ts';

let miniflare: Miniflare;
let db: D1Binding;
let folder: string;

beforeAll(() => {
  miniflare = new Miniflare({
    modules: true,
    script: 'export default { fetch: () => new Response() }',
    d1Databases: ['ONE', 'TWO', 'THREE', 'FOUR', 'FIVE'],
    cf: false,
  });
});
afterAll(() => miniflare.dispose());

const names = ['ONE', 'TWO', 'THREE', 'FOUR', 'FIVE'];
beforeEach(async () => {
  db = await miniflare.getD1Database(names.shift() ?? '');
  folder = temporaryFolder();
  write('0000_first.sql', 'CREATE TABLE a (id integer);\n--> statement-breakpoint\nCREATE INDEX a_id ON a (id);');
});

const write = (name: string, sql: string) => writeFileSync(join(folder, name), sql);
const tables = async () => {
  const { results } = await db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{ name: string }>();
  return results.map(({ name }) => name);
};

test('migrations are applied once, in the order of their names', async () => {
  write('0001_second.sql', 'ALTER TABLE a ADD COLUMN name text;');
  expect(await migrate(db, readMigrations(folder))).toEqual(['0000_first.sql', '0001_second.sql']);
  expect(await migrate(db, readMigrations(folder))).toEqual([]);
});

test('only what the database lacks is applied', async () => {
  await migrate(db, readMigrations(folder));
  write('0001_second.sql', 'CREATE TABLE b (id integer);');
  expect(await migrate(db, readMigrations(folder))).toEqual(['0001_second.sql']);
});

test('a migration that fails half-way leaves nothing of itself, and can be applied once it is right', async () => {
  write('0001_second.sql', 'CREATE TABLE b (id integer);\n--> statement-breakpoint\nCREATE TABLE a (id integer);');
  await expect(migrate(db, readMigrations(folder))).rejects.toThrow(
    'migration 0001_second.sql failed and was rolled back',
  );
  expect(await tables()).not.toContain('b');
  write('0001_second.sql', 'CREATE TABLE b (id integer);');
  expect(await migrate(db, readMigrations(folder))).toEqual(['0001_second.sql']);
});

test('the note of what was applied is the one that wrangler reads', async () => {
  await migrate(db, readMigrations(folder));
  const { results } = await db.prepare('SELECT id, name FROM d1_migrations').all();
  expect(results).toEqual([{ id: 1, name: '0000_first.sql' }]);
});

test('a database that a newer version has written is refused, and left as it is', async () => {
  write('0099_later.sql', 'ALTER TABLE a RENAME COLUMN id TO other;');
  await migrate(db, readMigrations(folder));
  const older = readMigrations(folder).filter(({ name }) => name !== '0099_later.sql');
  const newer = { name: '0001_new.sql', statements: ['CREATE TABLE b (id integer)'] };
  await expect(migrate(db, [...older, newer])).rejects.toThrow(/newer version .*0099_later\.sql.*another data folder/);
  expect(await tables()).not.toContain('b');
});
