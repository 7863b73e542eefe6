import type { EdgeFrame } from '../../../shared/schemas/dispatch.ts';

/** What is known of a connection; lies in its attachment. */
interface Attachment {
  id: string;
  workspaceId: string;
  /** Null until the worker has said hello. */
  workerId: string | null;
}

/** A worker's connection to this shard. */
export interface WorkerSocket extends Attachment {
  send(text: string): void;
  sendFrame(frame: EdgeFrame): void;
  close(code: number, reason: string): void;
}

/** The hibernating WebSockets that workers dialled. */
export function createWorkerSockets(ctx: DurableObjectState) {
  ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));

  function wrap(socket: WebSocket): WorkerSocket {
    return {
      ...attachmentOf(socket),
      send: (text) => socket.send(text),
      sendFrame: (frame) => socket.send(JSON.stringify(frame)),
      close: (code, reason) => socket.close(code, reason),
    };
  }

  const open = (): WorkerSocket[] =>
    ctx
      .getWebSockets()
      .filter((socket) => socket.readyState === WebSocket.OPEN)
      .map(wrap);

  return {
    accept(workspaceId: string): { socket: WorkerSocket; response: Response } {
      const { 0: client, 1: server } = new WebSocketPair();
      const attachment: Attachment = { id: crypto.randomUUID(), workspaceId, workerId: null };
      server.serializeAttachment(attachment);
      ctx.acceptWebSocket(server);
      return { socket: wrap(server), response: new Response(null, { status: 101, webSocket: client }) };
    },
    of: wrap,
    open,
    /** Those whose worker has said hello: they take commands. */
    ready: () => open().filter((socket) => socket.workerId !== null),
    /** The worker of a connection has said who it is. */
    named(socket: WebSocket, workerId: string): WorkerSocket {
      socket.serializeAttachment({ ...attachmentOf(socket), workerId });
      return wrap(socket);
    },
  };
}

const attachmentOf = (socket: WebSocket): Attachment => socket.deserializeAttachment();
