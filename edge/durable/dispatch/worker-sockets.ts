import type { EdgeFrame } from '../../../shared/schemas/dispatch.ts';

/** What is known of a connection; lies in its attachment. */
interface Attachment {
  id: string;
  workspaceId: string;
  /** Null until the worker has said hello. */
  workerId: string | null;
  /** When it was dialled, in milliseconds since 1970. */
  since: number;
}

/** A worker's connection to this shard. */
export interface WorkerSocket extends Attachment {
  send(text: string): void;
  sendFrame(frame: EdgeFrame): void;
  close(code: number, reason: string): void;
}

/**
 * Workers ping every 5 s: after two that did not come, whatever the network says, nobody is there. Shorter than the time
 * after which a command is sent again, which would go to the same connection.
 */
const SILENT_MS = 14_000;

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

  const opened = (): WebSocket[] => ctx.getWebSockets().filter((socket) => socket.readyState === WebSocket.OPEN);
  const open = (): WorkerSocket[] => opened().map(wrap);

  function heardAt(socket: WebSocket): number {
    const pinged = ctx.getWebSocketAutoResponseTimestamp(socket);
    return Math.max(attachmentOf(socket).since, pinged?.getTime() ?? 0);
  }

  return {
    accept(workspaceId: string): { socket: WorkerSocket; response: Response } {
      const { 0: client, 1: server } = new WebSocketPair();
      const attachment: Attachment = { id: crypto.randomUUID(), workspaceId, workerId: null, since: Date.now() };
      server.serializeAttachment(attachment);
      ctx.acceptWebSocket(server);
      return { socket: wrap(server), response: new Response(null, { status: 101, webSocket: client }) };
    },
    of: wrap,
    open,
    /** Those whose worker has said hello: they take commands. */
    ready: () => open().filter((socket) => socket.workerId !== null),
    /** Those over which nothing has come for long. */
    silent: (now: number) =>
      opened()
        .filter((socket) => now - heardAt(socket) > SILENT_MS)
        .map(wrap),
    /** The worker of a connection has said who it is. */
    named(socket: WebSocket, workerId: string): WorkerSocket {
      socket.serializeAttachment({ ...attachmentOf(socket), workerId });
      return wrap(socket);
    },
  };
}

const attachmentOf = (socket: WebSocket): Attachment => socket.deserializeAttachment();
