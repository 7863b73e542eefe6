import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws';
import { backoffMs } from '../../../shared/client/backoff.ts';
import { openStream } from '../../../shared/client/stream-socket.ts';
import { apiError, createClient } from '../../../shared/client.ts';
import { announce } from '../../../shared/domain/advance.ts';
import { createState } from '../../../shared/domain/execution-state.ts';
import { renderExecution } from '../../../shared/domain/execution-view.ts';
import { at, header } from '../execution-run.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const state = createState(header([[]]), at(0));
announce(state, at(0));
const snapshot = { ...renderExecution(state), status: 'completed' as const };

/** A server of the stream's protocol; `onViewer` acts for it. tRPC answers `trpc`. */
async function serve(
  onViewer: (socket: ServerSocket, request: IncomingMessage, count: number) => void,
  trpc: { status: number; body: unknown } = { status: 200, body: [{ result: { data: snapshot } }] },
) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.writeHead(trpc.status, { 'content-type': 'application/json' }).end(JSON.stringify(trpc.body));
  });
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'wf.v1' });
  let count = 0;
  sockets.on('connection', (socket, request) => {
    requests.push(request);
    count += 1;
    onViewer(socket, request, count);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

describe('createClient', () => {
  it('watches over a WebSocket that names its key in the subprotocols', async () => {
    const { url, requests } = await serve((socket) => socket.send(JSON.stringify({ snapshot })));
    const client = createClient({ url: `${url}/`, apiKey: 'wf_key' });
    const changes = [];
    for await (const change of client.watchExecution('exec_1', { logs: true })) changes.push(change);
    expect(changes).toEqual([{ execution: snapshot, events: [], logs: [] }]);
    expect(requests.map((request) => request.url)).toEqual(['/v1/workflows/executions/exec_1/stream?logs=true']);
    expect(requests[0]?.headers['sec-websocket-protocol']).toBe('wf.v1, wf.bearer.wf_key');
  });

  it('connects again when the server cuts it', async () => {
    const { url, requests } = await serve((socket, _request, count) => {
      if (count === 1)
        socket.send(JSON.stringify({ snapshot: { ...snapshot, status: 'running' } }), () => socket.close(4408));
      else socket.send(JSON.stringify({ snapshot }));
    });
    const client = createClient({ url, apiKey: 'wf_key' });
    const states = [];
    for await (const { execution } of client.watchExecution('exec_1')) states.push(execution.status);
    expect(states).toEqual(['running', 'completed']);
    expect(requests.map((request) => request.url?.split('?')[1])).toEqual(['', 'after_seq=1']);
  });

  it('calls operations as tRPC does, with the key', async () => {
    const { url, requests } = await serve(() => undefined);
    const client = createClient({ url, apiKey: 'wf_key' });
    expect(await client.executions.get.query({ execution_id: 'exec_1' })).toEqual(snapshot);
    expect(requests[0]?.url).toContain('/trpc/executions.get?batch=1');
    expect(requests[0]?.headers.authorization).toBe('Bearer wf_key');
  });

  it('sends the idempotency key of a call, with that call alone', async () => {
    const { url, requests } = await serve(() => undefined, { status: 200, body: { result: { data: snapshot } } });
    const { workflows } = createClient({ url, apiKey: 'wf_key' });
    await Promise.all(
      ['one', 'two'].map((idempotencyKey) =>
        workflows.execute.mutate({ workflow_id: 'wf_1' }, { context: { idempotencyKey } }),
      ),
    );
    expect(requests.map(({ headers }) => headers['idempotency-key']).sort()).toEqual(['one', 'two']);
    expect(requests[0]).toMatchObject({
      url: '/trpc/workflows.execute',
      headers: { authorization: 'Bearer wf_key' },
    });
  });

  it.each(['EXECUTION_NOT_FOUND', 'CODE_OF_A_NEWER_SERVER'])(
    'throws the answer of the API when the stream is refused for good: %s',
    async (code) => {
      const error = { code, message: 'there is no execution', request_id: 'r', docs: '' };
      const body = [
        { error: { message: error.message, code: -32004, data: { code: 'NOT_FOUND', httpStatus: 404, error } } },
      ];
      const { url } = await serve((socket) => socket.terminate(), { status: 404, body });
      class Refused {
        addEventListener(type: string, listener: (event: { data?: unknown }) => void) {
          if (type === 'close') queueMicrotask(() => listener({}));
        }
        send() {
          throw new Error('never open');
        }
        close() {
          return undefined;
        }
      }
      const client = createClient({ url, apiKey: 'wf_key', WebSocket: Refused });
      await expect(client.watchExecution('exec_1').next()).rejects.toMatchObject({
        data: { error: { code } },
      });
    },
  );

  it('says what to do where there is no WebSocket', async () => {
    vi.stubGlobal('WebSocket', undefined);
    onTestFinished(() => void vi.unstubAllGlobals());
    const client = createClient({ url: 'http://127.0.0.1:1', apiKey: 'wf_key' });
    await expect(client.watchExecution('exec_1').next()).rejects.toThrow('run Node 22 or newer');
  });

  it('ends with the reason of an aborted signal, and closes the connection', async () => {
    const stop = new AbortController();
    const closed = Promise.withResolvers<void>();
    const { url } = await serve((socket) => {
      socket.on('close', () => closed.resolve());
      socket.send(JSON.stringify({ snapshot: { ...snapshot, status: 'running' } }));
    });
    const watch = createClient({ url, apiKey: 'wf_key' }).watchExecution('exec_1', { signal: stop.signal });
    await watch.next();
    const next = watch.next();
    stop.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
    await closed.promise;
  });

  it('closes the connection of whoever leaves the loop', async () => {
    const closed = Promise.withResolvers<void>();
    const { url } = await serve((socket) => {
      socket.on('close', () => closed.resolve());
      socket.send(JSON.stringify({ snapshot: { ...snapshot, status: 'running' } }));
    });
    for await (const _ of createClient({ url, apiKey: 'wf_key' }).watchExecution('exec_1')) break;
    await closed.promise;
  });
});

describe('apiError', () => {
  const rejection = (url: string): Promise<unknown> =>
    createClient({ url, apiKey: 'wf_key' })
      .executions.get.query({ execution_id: 'exec_1' })
      .then(
        () => expect.unreachable(),
        (error: unknown) => error,
      );

  it('is the error of the API in what a call rejected with', async () => {
    const error = { code: 'VALIDATION_ERROR', message: 'no', details: [{ path: 'a' }], request_id: 'r', docs: 'd' };
    const body = [{ error: { message: 'no', code: -32_600, data: { error } } }];
    const { url } = await serve(() => undefined, { status: 400, body });
    expect(apiError(await rejection(url))).toEqual(error);
  });

  it('is null for what did not come from the API', async () => {
    expect(apiError(await rejection('http://127.0.0.1:1'))).toBeNull();
    expect(apiError(new Error('other'))).toBeNull();
  });
});

describe('openStream', () => {
  const open = (url: string) =>
    openStream({
      url: url.replace('http', 'ws'),
      apiKey: 'wf_key',
      WebSocket,
      pingMs: 20,
      signal: undefined,
    });

  it('takes a server that answers no ping for lost', async () => {
    const pings: string[] = [];
    const { url } = await serve((socket) => socket.on('message', (data) => pings.push(String(data))));
    for await (const _ of open(url)) expect.unreachable();
    expect(pings).toEqual(['ping', 'ping']);
  });

  it('keeps a silent connection whose pings are answered', async () => {
    const { url } = await serve((socket) => {
      let pongs = 0;
      socket.on('message', () => {
        pongs += 1;
        socket.send(pongs > 5 ? '[]' : 'pong');
      });
    });
    expect((await open(url).next()).value).toEqual([]);
  });

  it('throws when the server cannot be reached', async () => {
    await expect(open('http://127.0.0.1:1').next()).rejects.toThrow('could not be opened');
  });

  it('throws what is not JSON', async () => {
    const { url } = await serve((socket) => socket.send('{'));
    await expect(open(url).next()).rejects.toThrow('something else than JSON');
  });
});

describe('backoffMs', () => {
  it('doubles up to 10 s, spread by half', () => {
    expect([1, 2, 3, 7, 50].map((failures) => backoffMs(failures, 1))).toEqual([250, 500, 1_000, 10_000, 10_000]);
    expect(backoffMs(1, 0)).toBe(125);
  });
});
