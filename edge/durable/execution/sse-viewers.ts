import type { Viewer, ViewerMessage } from './viewers.ts';

/** Server-sent events as viewers. They live in memory alone: when the object goes, the client comes back with Last-Event-ID. */
export function createSseViewers() {
  const open = new Set<Viewer>();

  return {
    accept(logs: boolean): { viewer: Viewer; response: Response } {
      const encoder = new TextEncoder();
      let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
      const body = new ReadableStream<Uint8Array>(
        {
          start(given) {
            controller = given;
          },
          cancel() {
            open.delete(viewer);
          },
        },
        { highWaterMark: 0, size: (chunk) => chunk?.byteLength ?? 0 },
      );
      const viewer: Viewer = {
        position: { cursor: null, logs },
        savePosition: () => undefined,
        send: (message) => controller?.enqueue(encoder.encode(render(message))),
        buffered: () => -(controller?.desiredSize ?? 0),
        close() {
          open.delete(viewer);
          controller?.error(new Error('viewer does not read'));
        },
      };
      open.add(viewer);
      const headers = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' };
      return { viewer, response: new Response(body, { headers }) };
    },
    count: () => open.size,
    list: (): Iterable<Viewer> => open,
  };
}

/** JSON text has no line break, so a message is one `data` line; log entries carry no id and so move no cursor. */
const render = (message: ViewerMessage): string =>
  message.kind === 'log'
    ? `event: log\ndata: ${message.text}\n\n`
    : `event: ${message.kind}\nid: ${message.seq}\ndata: ${message.text}\n\n`;
