import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { EdgeWorker } from '../../scripts/local/edge-bundle.ts';
import type { EdgeHostConfig } from '../../scripts/local/edge-host.ts';
import { freePort } from '../../scripts/local/free-port.ts';
import { ensureLocalKeys } from '../../scripts/local/local-keys.ts';
import { type Part, startPart } from '../../scripts/local/part.ts';
import { ROOT } from '../../scripts/local/project.ts';
import { nextCall } from './next-call.ts';
import { temporaryFolder } from './temporary-folder.ts';

const COUNTER = `
  import { DurableObject } from 'cloudflare:workers';
  export class Counter extends DurableObject {
    constructor(ctx, env) {
      super(ctx, env);
      ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS calls (n INTEGER)');
    }
    count() {
      this.ctx.storage.sql.exec('INSERT INTO calls VALUES (1)');
      return this.ctx.storage.sql.exec('SELECT count(*) AS n FROM calls').one().n;
    }
  }
  export default {
    async fetch(request, env) {
      const calls = await env.COUNTER.getByName('one').count();
      const { results } = await env.DB.prepare('SELECT owner, scopes FROM api_keys ORDER BY owner').all();
      return Response.json({ calls, keys: results, local: env.LOCAL });
    },
  };`;

function bundle(folder: string): string {
  const worker: EdgeWorker = {
    compatibilityDate: '2026-11-01',
    durableObjects: { COUNTER: { className: 'Counter', useSQLite: true } },
    d1Databases: { DB: 'db' },
  };
  const path = join(folder, 'bundle');
  mkdirSync(path);
  writeFileSync(join(path, 'index.js'), COUNTER);
  writeFileSync(join(path, 'worker.json'), JSON.stringify(worker));
  return path;
}

async function startEdge() {
  const dataDir = temporaryFolder();
  ensureLocalKeys(dataDir);
  const port = await freePort(0);
  const config: EdgeHostConfig = { port, bundle: bundle(dataDir), dataDir, bindings: { LOCAL: '1' } };
  const ready = nextCall();
  const part: Part = startPart({
    name: 'edge',
    module: join(ROOT, 'scripts/local/edge-host.ts'),
    args: [JSON.stringify(config)],
    logFile: join(dataDir, 'edge.log'),
    graceMs: 4_500,
    readyMs: 20_000,
    onReady: ready.call,
    onCrash: () => undefined,
    onProcess: () => undefined,
  });
  onTestFinished(() => part.stop());
  await part.ready;
  return { part, ready, get: async () => (await fetch(`http://127.0.0.1:${port}/`)).json() };
}

test('the edge serves a migrated database with the two local keys, and takes its bindings', async () => {
  const { get } = await startEdge();
  expect(await get()).toEqual({
    calls: 1,
    local: '1',
    keys: [
      { owner: 'local', scopes: '["read","write","admin","worker"]' },
      { owner: 'local-worker', scopes: '["worker"]' },
    ],
  });
});

test('a SIGKILL of the process that serves brings the edge back on the same port with the same state', async () => {
  const { part, ready, get } = await startEdge();
  await get();
  const back = ready.next();
  const before = part.pid();
  process.kill(before ?? 0, 'SIGKILL');
  await back;
  expect(part.pid()).not.toBe(before);
  expect(await get()).toMatchObject({ calls: 2, keys: [{}, {}] });
});

test('a SIGKILL of the host alone ends the process that serves before the next one starts', async () => {
  const { part, ready, get } = await startEdge();
  await get();
  const back = ready.next();
  const [host] = part.processes();
  process.kill(host?.pid ?? 0, 'SIGKILL');
  await back;
  expect(await get()).toMatchObject({ calls: 2 });
});
