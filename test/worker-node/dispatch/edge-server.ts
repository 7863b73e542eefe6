import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Command } from '../../../shared/schemas/command.ts';
import { type EdgeFrame, WorkerFrame } from '../../../shared/schemas/dispatch.ts';
import { PostUpdatesInput, type UpdateAnswer, type UpdateBatch } from '../../../shared/schemas/update.ts';

export const KEY = 'wf_test_key';

/** What an update request meets instead of an answer: an error page, silence, a cut connection, or storage without an answer. */
export type Fault = 'error' | 'silence' | 'cut' | 'cut_after_storing';

/** The edge's internal routes as the contract has them, in memory, with faults on demand. */
export interface EdgeServer {
  readonly url: string;
  /** Every batch that was stored, in the order of arrival. */
  readonly stored: UpdateBatch[];
  /** Batches per update request, those met by a fault included. */
  readonly requests: UpdateBatch[][];
  /** Decides over a batch. Default: `ok`. */
  answer: (batch: UpdateBatch) => UpdateAnswer;
  /** Decides over a request before its batches. Default: none. */
  fault: (batches: UpdateBatch[]) => Fault | undefined;
  /** Frames of workers, with the shard that they came on. */
  readonly frames: { shard: number; frame: WorkerFrame }[];
  /** Other requests: `METHOD path` and body. */
  readonly calls: { call: string; body: unknown }[];
  /** Answers other requests. Default: `{}`. */
  reply: (call: string, body: unknown) => { status?: number; body: unknown };
  shards: number;
  /** True: pings get no answer. */
  deaf: boolean;
  sendCommand(command: Command, shard?: number): void;
  send(frame: EdgeFrame, shard?: number): void;
  /** A frame that may be anything. */
  sendText(text: string, shard?: number): void;
  /** Cuts all dispatch sockets. */
  cutSockets(): void;
  /** Resolves once the condition holds; looked at after everything that happens. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export async function startEdgeServer(port = 0): Promise<EdgeServer> {
  const happened = new EventEmitter().setMaxListeners(0);
  const sockets = new Map<WebSocket, number>();
  const server = createServer((request, response) => void handle(request, response));
  const upgrades = new WebSocketServer({ noServer: true });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const refuse = (status: number, code: string, message: string): void =>
      answer(status, { success: false, error: { code, message } });
    if (request.headers.authorization !== `Bearer ${KEY}`) return refuse(401, 'UNAUTHENTICATED', 'no such key');
    const call = `${request.method} ${request.url}`;
    const body = request.method === 'GET' ? undefined : await json(request);
    if (call !== 'POST /internal/updates') {
      edge.calls.push({ call, body });
      const { status, body: reply } = edge.reply(call, body);
      answer(status ?? 200, reply);
      happened.emit('change');
      return;
    }
    const input = PostUpdatesInput.safeParse(body);
    if (!input.success) return refuse(400, 'VALIDATION_ERROR', input.error.message);
    const { batches } = input.data;
    edge.requests.push(batches);
    const fault = edge.fault(batches);
    if (!fault || fault === 'cut_after_storing') {
      const answers = batches.map((batch) => {
        const decision = edge.answer(batch);
        if (decision === 'ok') edge.stored.push(batch);
        return decision;
      });
      if (!fault) answer(200, { answers });
    }
    if (fault === 'error') refuse(500, 'INTERNAL', 'something broke');
    if (fault?.startsWith('cut')) request.socket.destroy();
    happened.emit('change');
  }

  server.on('upgrade', (request, socket, head) => {
    const match = /^\/internal\/dispatch\/([^/]+)\/(\d+)$/.exec(request.url ?? '');
    if (request.headers.authorization !== `Bearer ${KEY}` || !match) {
      socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      return;
    }
    const shard = Number(match[2]);
    upgrades.handleUpgrade(request, socket, head, (client) => {
      sockets.set(client, shard);
      client.on('close', () => {
        sockets.delete(client);
        happened.emit('change');
      });
      client.on('message', (data) => {
        const text = data.toString();
        if (text === 'ping') {
          if (!edge.deaf) client.send('pong');
          return;
        }
        const frame = WorkerFrame.parse(JSON.parse(text));
        edge.frames.push({ shard, frame });
        if (frame.type === 'hello') client.send(JSON.stringify({ type: 'welcome', shards: edge.shards }));
        happened.emit('change');
      });
    });
  });

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const edge: EdgeServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stored: [],
    requests: [],
    answer: () => 'ok',
    fault: () => undefined,
    frames: [],
    calls: [],
    reply: () => ({ body: {} }),
    shards: 1,
    deaf: false,
    sendCommand: (command, shard = 0) => edge.send({ type: 'command', command }, shard),
    send: (frame, shard = 0) => edge.sendText(JSON.stringify(frame), shard),
    sendText(text, shard = 0) {
      for (const [socket, its] of sockets) if (its === shard) socket.send(text);
    },
    cutSockets() {
      for (const socket of sockets.keys()) socket.terminate();
    },
    async until(condition) {
      while (!condition()) await once(happened, 'change');
    },
    async close() {
      for (const socket of sockets.keys()) socket.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return edge;
}
