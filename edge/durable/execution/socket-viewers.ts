import type { Viewer, ViewerPosition } from './viewers.ts';

/** The hibernating WebSockets of an execution as viewers: their positions lie in the sockets' attachments. */
export function createSocketViewers(ctx: DurableObjectState) {
  const known = new WeakMap<WebSocket, Viewer>();

  function viewerOf(socket: WebSocket): Viewer {
    const viewer = known.get(socket) ?? wrap(socket);
    known.set(socket, viewer);
    return viewer;
  }

  return {
    /** A new viewer, and the response that hands the other end of its socket out. */
    accept(logs: boolean): { viewer: Viewer; response: Response } {
      const { 0: client, 1: server } = new WebSocketPair();
      const position: ViewerPosition = { cursor: null, logs };
      server.serializeAttachment(position);
      ctx.acceptWebSocket(server);
      return { viewer: viewerOf(server), response: new Response(null, { status: 101, webSocket: client }) };
    },
    count: () => ctx.getWebSockets().filter(isOpen).length,
    *list(): Iterable<Viewer> {
      for (const socket of ctx.getWebSockets()) if (isOpen(socket)) yield viewerOf(socket);
    },
  };
}

/** One that vanished, or was cut, is among the sockets until its other end has answered the closing, if ever. */
const isOpen = (socket: WebSocket): boolean => socket.readyState === WebSocket.OPEN;

function wrap(socket: WebSocket): Viewer {
  return {
    position: socket.deserializeAttachment(),
    savePosition: (position) => socket.serializeAttachment(position),
    send: (message) => socket.send(message.text),
    buffered: () => socket.bufferedAmount,
    close: (code, reason) => socket.close(code, reason),
  };
}
