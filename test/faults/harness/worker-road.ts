import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { WebSocket, WebSocketServer } from 'ws';
import { LOOPBACK } from '../../../scripts/local/free-port.ts';

/** An answer of the edge. */
export interface Reply {
  status: number;
  body: Buffer;
}

/** How the road treats what travels on it. Absent: faithfully. */
export interface Treatment {
  /** Carries the body of one `POST /internal/updates`; `post` brings a body to the edge, as often as it is called. */
  updates?(body: string, post: (body: string) => Promise<Reply>): Promise<Reply>;
  /** Carries one frame from the edge to the worker; `send` delivers a frame, as often as it is called. */
  frame?(frame: string, send: (frame: string) => void): void;
}

/** The network between the worker and the edge. */
export interface WorkerRoad {
  readonly url: string;
  treatment: Treatment;
  /** Ends every connection and takes no new one, until `restore`. */
  cut(): void;
  restore(): void;
  close(): Promise<void>;
}

export async function openWorkerRoad(edgeUrl: string): Promise<WorkerRoad> {
  const server = createServer((request, response) => void carry(request, response));
  const sockets = new WebSocketServer({ noServer: true });
  const connections = new Set<Socket>();
  let open = true;
  server.on('connection', (connection: Socket) => {
    if (!open) return connection.destroy();
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });

  const road: WorkerRoad = {
    url: '',
    treatment: {},
    cut() {
      open = false;
      for (const connection of connections) connection.destroy();
    },
    restore() {
      open = true;
    },
    async close() {
      road.cut();
      server.close();
      await once(server, 'close');
    },
  };

  /** An edge that cannot be reached shows as a broken connection. */
  async function carry(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await buffer(request);
      const { updates } = road.treatment;
      const reply =
        updates && request.url === '/internal/updates'
          ? await updates(body.toString(), (text) => post(request, Buffer.from(text)))
          : await post(request, body);
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body);
    } catch {
      request.socket.destroy();
    }
  }

  async function post(request: IncomingMessage, body: Buffer): Promise<Reply> {
    const response = await fetch(`${edgeUrl}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' },
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const upstream = new WebSocket(`${edgeUrl.replace('http', 'ws')}${request.url}`, {
      headers: { authorization: request.headers.authorization ?? '' },
    });
    upstream.once('error', () => socket.destroy());
    socket.once('close', () => upstream.terminate());
    upstream.once('open', () => sockets.handleUpgrade(request, socket, head, (worker) => relay(upstream, worker)));
  });

  function relay(upstream: WebSocket, worker: WebSocket): void {
    upstream.on('message', (message) => {
      const send = (frame: string) => worker.send(frame);
      const { frame } = road.treatment;
      if (frame) frame(String(message), send);
      else send(String(message));
    });
    worker.on('message', (message) => upstream.send(String(message)));
    upstream.once('close', () => worker.terminate());
    // `close` follows, and ends the other side.
    worker.on('error', () => undefined);
  }

  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  return Object.assign(road, { url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}` });
}
