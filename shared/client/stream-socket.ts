import { STREAM_BEARER_PREFIX, STREAM_PROTOCOL, type StreamFrame } from '../schemas/event.ts';
import { createChannel } from './channel.ts';

/** The part of the standard WebSocket that the client uses: browsers and Node ≥ 22 have it as a global. */
export interface WebSocketLike {
  addEventListener(type: string, listener: (event: { data?: unknown }) => void): void;
  send(text: string): void;
  close(): void;
}
/** What makes a connection: the global `WebSocket`, or a library's. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

/** Where a stream is, and how its connection is kept alive. */
export interface StreamSocketOptions {
  /** Whole address of the stream, `ws:` or `wss:`. */
  url: string;
  apiKey: string;
  WebSocket: WebSocketConstructor;
  /** Milliseconds between pings; a server that is silent for two of them is taken for lost. */
  pingMs: number;
  signal: AbortSignal | undefined;
}

/** The connection closed before it was open: refused, or the server cannot be reached. The platform does not say which. */
export class NotConnectedError extends Error {
  override readonly name = 'NotConnectedError';
}

/**
 * The frames of one connection, until it closes. Throws NotConnectedError when it never opened. Whoever leaves the
 * iteration closes the connection.
 */
export async function* openStream(options: StreamSocketOptions): AsyncGenerator<StreamFrame, void, void> {
  const { url, apiKey, signal, pingMs } = options;
  const socket = new options.WebSocket(url, [STREAM_PROTOCOL, STREAM_BEARER_PREFIX + apiKey]);
  const frames = createChannel<StreamFrame>();
  let opened = false;
  let silentPings = 0;
  const end = () => frames.end(opened ? undefined : new NotConnectedError(`the stream ${url} could not be opened`));
  const pinger = setInterval(() => {
    if (!opened) return;
    silentPings += 1;
    if (silentPings <= 2) socket.send('ping');
    else end();
  }, pingMs);

  socket.addEventListener('open', () => {
    opened = true;
  });
  socket.addEventListener('message', ({ data }) => {
    silentPings = 0;
    if (data === 'pong') return;
    try {
      frames.push(JSON.parse(String(data)));
    } catch (cause) {
      frames.end(new Error(`the stream ${url} sent something else than JSON`, { cause }));
    }
  });
  socket.addEventListener('close', end);
  socket.addEventListener('error', end);
  signal?.addEventListener('abort', end);
  try {
    yield* frames;
  } finally {
    clearInterval(pinger);
    signal?.removeEventListener('abort', end);
    socket.close();
  }
}
