import { WebSocket } from 'ws';
import type { CommandHead, EdgeFrame, WorkerFrame } from '../../shared/schemas/dispatch.ts';
import { backoffMs } from '../backoff.ts';
import { describeError, type Logger } from '../logger.ts';
import { readFrame } from './read-frame.ts';

/** One connection of a dispatch socket, from `welcome` until it closes. */
export interface Session {
  /** Aborted when the connection is lost: what it delivered and nobody acted on yet is delivered again on another one. */
  signal: AbortSignal;
  /** Nothing happens when the connection is lost. */
  send(frame: WorkerFrame): void;
}

export interface DispatchSocketOptions {
  /** Of this shard, `ws:` or `wss:`. */
  url: string;
  key: string;
  workerId: string;
  logger: Logger;
  onFrame(frame: EdgeFrame, session: Session): void;
  /** Called instead for a command of which no more than this can be read; `detail` says what cannot. */
  onUnreadable(command: CommandHead, detail: string, session: Session): void;
  timing?: Partial<SocketTiming>;
}

export interface SocketTiming {
  /** Milliseconds between pings; an edge that is silent for three of them is taken for lost. */
  pingMs: number;
  firstRetryMs: number;
  maxRetryMs: number;
}

const TIMING: SocketTiming = { pingMs: 5_000, firstRetryMs: 100, maxRetryMs: 5_000 };
/** A plan in a start command is at most 256 KiB, the parameters of an execution at most a request body. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** A socket to one dispatch shard that is dialled again whenever it closes. The returned function closes it for good. */
export function openDispatchSocket(options: DispatchSocketOptions): () => void {
  const { url, key, workerId, logger } = options;
  const timing = { ...TIMING, ...options.timing };
  let failures = 0;
  let current: WebSocket | undefined;
  let redial: NodeJS.Timeout | undefined;
  let closed = false;

  function dial(): void {
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${key}` },
      handshakeTimeout: timing.pingMs * 2,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
    });
    current = socket;
    const lost = new AbortController();
    const session: Session = {
      signal: lost.signal,
      send: (frame) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
      },
    };
    let silentPings = 0;
    // Once per connection: what cannot be read comes again and again.
    let told = false;
    let reason = 'closed by the edge';
    const pinger = setInterval(() => {
      if (socket.readyState !== WebSocket.OPEN) return;
      silentPings += 1;
      if (silentPings <= 3) socket.send('ping');
      else {
        reason = 'the edge is silent';
        socket.terminate();
      }
    }, timing.pingMs);

    socket.on('open', () => session.send({ type: 'hello', worker_id: workerId }));
    socket.on('message', (data) => {
      silentPings = 0;
      const text = data.toString();
      if (text === 'pong') return;
      const read = readFrame(text);
      if (read.frame === null) {
        const { detail, command } = read;
        if (!told) logger.error('cannot read a frame of the edge: is this worker older?', { url, detail, ...command });
        told = true;
        if (command) options.onUnreadable(command, detail, session);
        return;
      }
      if (read.frame.type === 'welcome') {
        failures = 0;
        logger.info('connected to the edge', { url });
      }
      options.onFrame(read.frame, session);
    });
    socket.on('error', (error) => {
      reason = describeError(error);
    });
    socket.on('close', () => {
      clearInterval(pinger);
      lost.abort();
      if (closed) return;
      failures += 1;
      const delay = backoffMs({ firstMs: timing.firstRetryMs, maxMs: timing.maxRetryMs }, failures);
      logger.warn('not connected to the edge; dialling again', { url, reason, failures });
      redial = setTimeout(dial, delay);
    });
  }

  dial();
  return () => {
    closed = true;
    clearTimeout(redial);
    current?.close();
    // A peer that does not answer the close must not keep the process.
    setTimeout(() => current?.terminate(), 1_000).unref();
  };
}
