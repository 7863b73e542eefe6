import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bin, ROOT } from '../../scripts/local/project.ts';
import { runCommand } from '../../scripts/local/run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A project in which each file breaks, or nearly breaks, one rule. */
const FILES: Record<string, string> = {
  'edge/trpc/router.ts': 'export type AppRouter = 1; export const router = 1;',
  'edge/durable/store.ts': 'export const store = 1;',
  'edge/to-worker.ts': "import '../worker-node/main.ts';",
  'edge/services/with-database.ts': "import { sql } from 'drizzle-orm'; export const query = sql;",
  'edge/services/with-platform.ts': "import { env } from 'cloudflare:workers'; export const e = env;",
  'edge/services/with-type.ts': "import type { Row } from '../repositories/rows.ts'; export type R = Row;",
  'edge/repositories/rows.ts': 'export type Row = 1;',
  'edge/repositories/to-durable.ts': "import { store } from '../durable/store.ts'; export const s = store;",
  'edge/repositories/to-rest.ts': "import type { App } from '../rest/app.ts'; export type A = App;",
  'edge/rest/app.ts': 'export type App = 1;',
  'edge/durable/to-trpc.ts': "import { router } from '../trpc/router.ts'; export const r = router;",
  'edge/durable/to-services.ts': "import type { R } from '../services/with-type.ts'; export type S = R;",
  'edge/trpc/to-durable.ts': "import { store } from '../durable/store.ts'; export const s = store;",
  'edge/services/with-object.ts': "import { store } from '../durable/store.ts'; export const s = store;",
  'worker-node/dispatch/socket.ts': 'export const socket = 1;',
  'worker-node/plugins/x/plugin.ts': "import { socket } from '../../dispatch/socket.ts'; export const s = socket;",
  'worker-node/activities/run.ts': "import { socket } from '../dispatch/socket.ts'; export const s = socket;",
  'worker-node/dispatch/run.ts': "import { s } from '../activities/run.ts'; export const r = s;",
  'worker-node/artifacts/store.ts': "import { main } from '../main.ts'; export const m = main;",
  'worker-node/main.ts': 'export const main = 1;',
  'worker-node/to-edge.ts': "import type { AppRouter } from '../edge/trpc/router.ts'; export type A = AppRouter;",
  'worker-node/workflows/with-node.ts': "import { readFileSync } from 'node:fs'; export const read = readFileSync;",
  'worker-node/workflows/with-type.ts': "import type { main } from '../main.ts'; export type M = typeof main;",
  'shared/client.ts': "import type { AppRouter } from '../edge/trpc/router.ts'; export type A = AppRouter;",
  'shared/to-edge.ts': "import type { AppRouter } from '../edge/trpc/router.ts'; export type A = AppRouter;",
  'shared/domain/impure.ts': "import { readFileSync } from 'node:fs'; export const read = readFileSync;",
  'shared/domain/ring-a.ts': "import { b } from './ring-b.ts'; export const a = () => b;",
  'shared/domain/ring-b.ts': "import { a } from './ring-a.ts'; export const b = () => a;",
  'shared/domain/types-a.ts': "import type { B } from './types-b.ts'; export type A = B | 1;",
  'shared/domain/types-b.ts': "import type { A } from './types-a.ts'; export type B = A | 2;",
  'shared/typo.ts': "import './no-such-file.ts';",
};

const broken = new Map<string, string[]>();

beforeAll(async () => {
  const root = temporaryFolder(afterAll);
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  writeFileSync(join(root, 'package.json'), '{"type": "module"}');
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  const config = join(ROOT, '.dependency-cruiser.cjs');
  const args = ['--config', config, '--output-type', 'json', 'edge', 'worker-node', 'shared'];
  const { output } = await runCommand(bin('depcruise'), args, { cwd: root });
  const { summary } = JSON.parse(output.slice(output.indexOf('{'))) as {
    summary: { violations: { from: string; rule: { name: string } }[] };
  };
  for (const { from, rule } of summary.violations) broken.set(from, [...(broken.get(from) ?? []), rule.name]);
});

test.each([
  ['edge/to-worker.ts', 'edge-not-worker'],
  ['edge/services/with-database.ts', 'services-are-told'],
  ['edge/services/with-platform.ts', 'services-are-told'],
  ['edge/services/with-object.ts', 'services-name-objects'],
  ['edge/repositories/to-durable.ts', 'repositories-are-the-bottom'],
  ['edge/repositories/to-rest.ts', 'edge-one-way'],
  ['edge/durable/to-trpc.ts', 'edge-below-trpc'],
  ['edge/durable/to-services.ts', 'edge-below-services'],
  ['edge/trpc/to-durable.ts', 'procedures-call-services'],
  ['worker-node/plugins/x/plugin.ts', 'plugins-know-no-engine'],
  ['worker-node/artifacts/store.ts', 'plugins-know-no-engine'],
  ['worker-node/activities/run.ts', 'activities-not-dispatch'],
  ['worker-node/dispatch/run.ts', 'dispatch-not-activities'],
  ['worker-node/to-edge.ts', 'worker-not-edge'],
  ['worker-node/workflows/with-node.ts', 'workflows-are-deterministic'],
  ['shared/to-edge.ts', 'shared-is-the-bottom'],
  ['shared/domain/impure.ts', 'domain-is-pure'],
  ['shared/domain/ring-a.ts', 'no-cycles'],
  ['shared/typo.ts', 'resolvable'],
])('%s breaks the rule %s', (file, rule) => {
  expect(broken.get(file)).toContain(rule);
});

test.each([
  'shared/client.ts',
  'edge/services/with-type.ts',
  'worker-node/workflows/with-type.ts',
  'shared/domain/types-a.ts',
])('%s, which imports only types, breaks none', (file) => {
  expect(broken.get(file)).toBeUndefined();
});
