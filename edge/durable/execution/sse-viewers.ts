import type { Viewer, ViewerMessage } from './viewers.ts';

/** Pause between two comments to a viewer. Proxies cut a connection on which nothing comes for a minute, some for half of it. */
const BEAT_MS = 20_000;
/** How long a probe waits for writes to fail. */
const PROBE_MS = 1_000;
const COMMENT = new TextEncoder().encode(':\n\n');

interface SseViewer extends Viewer {
  /** Writes a comment, unless something is unsent, which does as well. */
  comment(): void;
  close(): void;
}

/**
 * Server-sent events as viewers. They live in memory alone: when the object goes, the client comes back with Last-Event-ID.
 * That a client has left shows only when something is written to it, so each is sent a comment now and then; it also keeps
 * proxies from cutting the connection. Not every runtime says so even then (workerd#6832), but what was written stays unsent.
 */
export function createSseViewers(schedule: (run: () => void, ms: number) => void) {
  /** What each had unsent at the last beat. */
  const open = new Map<SseViewer, number>();
  let beating = false;
  let probing: Promise<void> | null = null;

  function comment(): void {
    for (const viewer of open.keys()) viewer.comment();
  }

  function beat(): void {
    for (const [viewer, unsent] of open) if (unsent > 0 && viewer.buffered() === unsent) viewer.close();
    comment();
    for (const viewer of open.keys()) open.set(viewer, viewer.buffered());
  }

  function keepBeating(): void {
    if (beating || open.size === 0) return;
    beating = true;
    schedule(() => {
      beating = false;
      beat();
      keepBeating();
    }, BEAT_MS);
  }

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
      const viewer: SseViewer = {
        position: { cursor: null, logs },
        savePosition: () => undefined,
        send: (message) => controller?.enqueue(encoder.encode(render(message))),
        comment: () => viewer.buffered() === 0 && controller?.enqueue(COMMENT),
        buffered: () => -(controller?.desiredSize ?? 0),
        close() {
          open.delete(viewer);
          controller?.error(new Error('viewer does not read'));
        },
      };
      open.set(viewer, 0);
      keepBeating();
      const headers = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' };
      return { viewer, response: new Response(body, { headers }) };
    },
    /** Finds out those that are gone, as far as that shows within a moment. */
    async probe(): Promise<void> {
      if (open.size === 0) return;
      probing ??= new Promise<void>((resolve) => {
        comment();
        schedule(resolve, PROBE_MS);
      }).finally(() => {
        probing = null;
      });
      await probing;
    },
    count: () => open.size,
    list: (): Iterable<Viewer> => open.keys(),
  };
}

/**
 * JSON text has no line break, so a message is one `data` line. Log entries carry no id and so move no cursor. An empty id
 * takes the cursor away: who has half a snapshot is to start over.
 */
const render = (message: ViewerMessage): string =>
  message.kind === 'log'
    ? `event: log\ndata: ${message.text}\n\n`
    : `event: ${message.kind}\nid: ${message.seq ?? ''}\ndata: ${message.text}\n\n`;
