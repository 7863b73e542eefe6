import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type D1Binding, migrate, readMigrations } from '../../scripts/d1-migrations.ts';
import { ROOT } from '../../scripts/local/project.ts';

let miniflare: Miniflare;
let db: D1Binding;

beforeAll(async () => {
  const script = 'export default { fetch: () => new Response() }';
  miniflare = new Miniflare({ modules: true, script, d1Databases: ['DB'], cf: false });
  db = await miniflare.getD1Database('DB');
});
afterAll(() => miniflare.dispose());

test('versions and durations that were stored without a workspace move to that of their workflow', async () => {
  const migrations = readMigrations(`${ROOT}/migrations`);
  const before = migrations.filter(({ name }) => name < '0003');
  const statements = [
    "INSERT INTO workspaces VALUES ('other', '2026-01-01T00:00:00.000Z')",
    ...['default', 'other'].flatMap((workspace) => [
      `INSERT INTO workflows (id, workspace_id, name, version, description, status, tags, created_by, created_at, updated_at)
        VALUES ('wf_${workspace}', '${workspace}', 'a', '1.0.0', '', 'created', '[]', 'me', '2026', '2026')`,
      `INSERT INTO workflow_versions VALUES ('wf_${workspace}', '1.0.0', '{"name":"a"}', 'me', '2026')`,
      `INSERT INTO workflow_durations VALUES ('wf_${workspace}', '{"a":1}')`,
    ]),
  ];
  await migrate(db, before);
  await db.batch(statements.map((statement) => db.prepare(statement)));
  await migrate(db, migrations);

  const rows = async (table: string) =>
    (await db.prepare(`SELECT * FROM ${table} ORDER BY workspace_id`).all()).results;
  const version = { version: '1.0.0', definition: '{"name":"a"}', created_by: 'me', created_at: '2026' };
  expect(await rows('workflow_versions')).toEqual([
    { workspace_id: 'default', workflow_id: 'wf_default', ...version },
    { workspace_id: 'other', workflow_id: 'wf_other', ...version },
  ]);
  expect(await rows('workflow_durations')).toEqual([
    { workspace_id: 'default', workflow_id: 'wf_default', seconds: '{"a":1}' },
    { workspace_id: 'other', workflow_id: 'wf_other', seconds: '{"a":1}' },
  ]);
});
