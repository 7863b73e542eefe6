import type { EdgeFrame, WorkerFrame } from '../../../shared/schemas/dispatch.ts';
import { dispatchObject, WORKSPACE } from './executions.ts';

/** Messages of a socket, one `next()` after the other. */
export interface Inbox<T> {
  readonly socket: WebSocket;
  next(): Promise<T>;
  /** What has arrived and was not asked for. */
  waiting(): T[];
  closed: Promise<{ code: number; reason: string }>;
}

export function inbox<T>(response: Response): Inbox<T> {
  const socket = response.webSocket;
  if (!socket) throw new Error(`no WebSocket: ${response.status}`);
  const arrived: T[] = [];
  const asked: ((message: T) => void)[] = [];
  socket.addEventListener('message', ({ data }) => {
    if (data === 'pong') return;
    const message: T = JSON.parse(String(data));
    const next = asked.shift();
    if (next) next(message);
    else arrived.push(message);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }));
  });
  socket.accept();
  return {
    socket,
    closed,
    waiting: () => arrived.splice(0),
    next() {
      const message = arrived.shift();
      return message === undefined ? new Promise((resolve) => asked.push(resolve)) : Promise.resolve(message);
    },
  };
}

/** A worker that dials into the pool's first shard and has said hello. */
export async function dial(pool: string, workerId = 'worker_1') {
  const response = await dispatchObject(pool).fetch(`https://dispatch/?workspace=${WORKSPACE}`, {
    headers: { Upgrade: 'websocket' },
  });
  const worker = inbox<EdgeFrame>(response);
  const send = (frame: WorkerFrame) => worker.socket.send(JSON.stringify(frame));
  const welcome = await worker.next();
  send({ type: 'hello', worker_id: workerId });
  return {
    ...worker,
    welcome,
    send,
    ack: (command_id: string) => send({ type: 'ack', command_id }),
    /** The next frame, which must be a command. */
    async command() {
      const frame = await worker.next();
      if (frame.type !== 'command') throw new Error(`expected a command, got ${JSON.stringify(frame)}`);
      return frame.command;
    },
  };
}
