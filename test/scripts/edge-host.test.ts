import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import type { EdgeWorker } from '../../scripts/local/edge-bundle.ts';
import type { EdgeHostConfig } from '../../scripts/local/edge-host.ts';
import { freePort, LOOPBACK } from '../../scripts/local/free-port.ts';
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

interface EdgeSource {
  script: string;
  durableObjects: EdgeWorker['durableObjects'];
}
const counter: EdgeSource = {
  script: COUNTER,
  durableObjects: { COUNTER: { className: 'Counter', useSQLite: true } },
};

/** Says what it sees of a request. */
const MIRROR = `
  export default {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === '/socket') {
        const [client, server] = Object.values(new WebSocketPair());
        server.accept();
        server.addEventListener('message', ({ data }) => server.send('heard ' + data));
        return new Response(null, { status: 101, webSocket: client });
      }
      if (pathname === '/endless') {
        const { readable, writable } = new TransformStream();
        const writer = writable.getWriter();
        void writer.write(new TextEncoder().encode('begun'));
        return new Response(readable);
      }
      const { byteLength } = await request.arrayBuffer();
      return Response.json({ method: request.method, url: request.url, host: request.headers.get('host'), byteLength });
    },
  };`;

const mirror: EdgeSource = { script: MIRROR, durableObjects: {} };

function bundle(folder: string, { script, durableObjects }: EdgeSource): string {
  const worker: EdgeWorker = {
    compatibilityDate: '2026-11-01',
    durableObjects,
    d1Databases: { DB: 'db' },
  };
  const path = join(folder, 'bundle');
  mkdirSync(path);
  writeFileSync(join(path, 'index.js'), script);
  writeFileSync(join(path, 'worker.json'), JSON.stringify(worker));
  return path;
}

function hostEdge(port: number, source: EdgeSource) {
  const dataDir = temporaryFolder();
  ensureLocalKeys(dataDir);
  const config: EdgeHostConfig = { port, bundle: bundle(dataDir, source), dataDir, bindings: { LOCAL: '1' } };
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
  return { part, ready };
}

async function startEdge(source: EdgeSource = counter) {
  const port = await freePort(0);
  const { part, ready } = hostEdge(port, source);
  await part.ready;
  const url = `http://${LOOPBACK}:${port}`;
  return { part, ready, port, url, get: async () => (await fetch(url)).json() };
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

test('a port that somebody else has is named', async () => {
  const server = createServer().listen(0, LOOPBACK);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { part } = hostEdge(port, mirror);
  await expect(part.ready).rejects.toThrow(`port ${port} on ${LOOPBACK} is taken`);
});

test('the worker is asked for every path, with the URL as the client knows it', async () => {
  const { url, port } = await startEdge(mirror);
  // Miniflare has uses of its own for some paths below /cdn-cgi/.
  for (const path of ['/v1/workflows?limit=2', '/cdn-cgi/handler/scheduled', '/cdn-cgi/mf/reload']) {
    const seen = { method: 'GET', url: `${url}${path}`, host: `${LOOPBACK}:${port}`, byteLength: 0 };
    expect(await (await fetch(`${url}${path}`)).json()).toEqual(seen);
  }
});

test('a host name of the client is the host that the worker sees', async () => {
  const { port } = await startEdge(mirror);
  const socket = connect(port, LOOPBACK);
  socket.write('GET /docs HTTP/1.1\r\nHost: api.example:99\r\nConnection: close\r\n\r\n');
  expect(await text(socket)).toContain('"url":"http://api.example:99/docs"');
});

test('a WebSocket goes through', async () => {
  const { url } = await startEdge(mirror);
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`);
  await once(socket, 'open');
  socket.send('hello');
  const [message] = (await once(socket, 'message')) as [{ data: string }];
  expect(message.data).toBe('heard hello');
  socket.close();
});

test('a large body arrives whole', async () => {
  const { url } = await startEdge(mirror);
  const byteLength = 8 * 1024 * 1024;
  const answer = await fetch(url, { method: 'POST', body: new Uint8Array(byteLength) });
  expect(await answer.json()).toMatchObject({ method: 'POST', byteLength });
});

test('a client that leaves in the middle of its request, or of the answer, harms nobody', async () => {
  const { url, port, part } = await startEdge(mirror);
  const before = part.pid();
  const sending = connect(port, LOOPBACK);
  await once(sending, 'connect');
  await new Promise((sent) => sending.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf', sent));
  sending.destroy();
  const leaving = new AbortController();
  const answer = await fetch(`${url}/endless`, { signal: leaving.signal });
  const reader = answer.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('begun');
  leaving.abort();
  await expect(reader?.read()).rejects.toThrow('aborted');
  expect((await fetch(url)).status).toBe(200);
  expect(part.pid()).toBe(before);
});
