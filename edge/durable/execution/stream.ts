import { viewExecution } from '../../../shared/domain/step-views.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { ChangeListener, LiveExecution } from './live-execution.ts';
import { snapshotFrames } from './snapshot-frames.ts';
import { createSocketViewers } from './socket-viewers.ts';
import { createSseViewers } from './sse-viewers.ts';
import { createViewers, type Viewer } from './viewers.ts';

export interface ExecutionStream {
  /** Answers 101 or an event stream; 404 without the execution, 429 with too many viewers. */
  connect(request: Request): Promise<Response>;
  listener: Pick<ChangeListener, 'onFrame' | 'onLogs'>;
}

/** The viewers of one execution, by WebSocket and by server-sent events. */
export function createStream(ctx: DurableObjectState, open: () => LiveExecution | null): ExecutionStream {
  const sockets = createSocketViewers(ctx);
  const schedule = (run: () => void, ms: number) => void setTimeout(run, ms);
  const sse = createSseViewers(schedule);
  function opened(): LiveExecution {
    const live = open();
    if (!live) throw new Error('an execution that does not exist has a viewer');
    return live;
  }
  const isFull = () => sockets.count() + sse.count() >= LIMITS.viewers;
  ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));

  const viewers = createViewers(
    {
      *list(): Iterable<Viewer> {
        yield* sockets.list();
        yield* sse.list();
      },
      frameAfter: (seq) => open()?.store.frameAfter(seq) ?? null,
      newestSeq: () => open()?.state().core.seq ?? 0,
      snapshot: () => snapshotFrames(viewExecution(opened().state())),
    },
    schedule,
  );
  viewers.resume();

  return {
    async connect(request) {
      if (!open()) return new Response(null, { status: 404 });
      if (isFull()) {
        // Some of them may have left without its having been noticed.
        await sse.probe();
        if (isFull()) return new Response(null, { status: 429 });
      }
      const { searchParams } = new URL(request.url);
      const afterSeq = searchParams.get('after_seq');
      const transport = request.headers.get('Upgrade') === 'websocket' ? sockets : sse;
      const { viewer, response } = transport.accept(searchParams.get('logs') === 'true');
      viewers.welcome(viewer, afterSeq === null ? null : Number(afterSeq));
      return response;
    },
    listener: {
      onFrame: (frame) => viewers.broadcast(frame),
      onLogs(entries) {
        if (viewers.wantLogs()) viewers.broadcastLogs(entries.map((log) => JSON.stringify({ log })));
      },
    },
  };
}
