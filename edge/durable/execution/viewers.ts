import { STREAM_CLOSE } from '../../../shared/schemas/event.ts';
import type { Frame } from './store.ts';

/** One message to a viewer; the transport decides how it is written. `seq` is the newest event that it contains. */
export type ViewerMessage =
  | { kind: 'snapshot'; seq: number; text: string }
  | { kind: 'events'; seq: number; text: string }
  | { kind: 'log'; text: string };

/**
 * Where a viewer stands. `cursor` null: it has everything up to the newest event, since every frame is sent in the turn
 * that stores it. A number: it lags, and the events after that seq are still to be read from the store.
 */
export interface ViewerPosition {
  cursor: number | null;
  logs: boolean;
}

/** A viewer's connection. Its position outlives the object's memory wherever the connection does. */
export interface Viewer {
  position: ViewerPosition;
  savePosition(position: ViewerPosition): void;
  send(message: ViewerMessage): void;
  /** Bytes that were sent and that the connection has not taken yet. */
  buffered(): number;
  close(code: number, reason: string): void;
}

export interface ViewersDeps {
  /** Those that are open. */
  list(): Iterable<Viewer>;
  frameAfter(seq: number): Frame | null;
  newestSeq(): number;
  snapshot(): string;
}

export interface Viewers {
  /** First message to a new viewer, and the rest of what it has missed. */
  welcome(viewer: Viewer, afterSeq: number | null): void;
  /** The frame that was stored in this turn. */
  broadcast(frame: Frame): void;
  /** Whether anybody wants log entries. */
  wantLogs(): boolean;
  broadcastLogs(texts: readonly string[]): void;
  /** Goes on with the viewers that lagged when the object was last in memory. */
  resume(): void;
}

/** A viewer with this much unsent is sent nothing more from memory; it goes on from the store once it reads. */
const LAG_BYTES = 1024 * 1024;
/** Log entries have no store to go on from: a viewer that lets this much of them pile up is cut. */
const LOG_BYTES = 16 * 1024 * 1024;
/** Pause between two tries to send lagging viewers more, and how often one may take nothing before it is cut. */
const PUMP_MS = 50;
const PATIENCE = 100;

/** Closes a connection that has failed already. */
function drop(viewer: Viewer): void {
  try {
    viewer.close(STREAM_CLOSE.failed, 'the connection failed; resume with after_seq');
  } catch (error) {
    console.error('a viewer could not be closed', error);
  }
}

/** Hands events to viewers: in order, without gap or repetition, and with bounded memory for those that do not read. */
export function createViewers(deps: ViewersDeps, schedule: (run: () => void, ms: number) => void): Viewers {
  /** Per lagging viewer: what it had unsent at the last look, and for how many looks it has been the same. */
  const stalls = new WeakMap<Viewer, { buffered: number; looks: number }>();
  let scheduled = false;

  const cut = (viewer: Viewer) => viewer.close(STREAM_CLOSE.slowViewer, 'viewer does not read; resume with after_seq');

  /** Does something for each viewer. One whose connection fails is cut, so that it resumes by cursor, and holds up no other. */
  function forEach(act: (viewer: Viewer) => void): void {
    for (const viewer of deps.list()) {
      try {
        act(viewer);
      } catch (error) {
        console.error('a viewer was cut: its connection failed', error);
        drop(viewer);
      }
    }
  }

  function move(viewer: Viewer, cursor: number | null): void {
    viewer.position = { ...viewer.position, cursor };
    viewer.savePosition(viewer.position);
  }

  /** Sends frames from the store until the viewer is up to date or has enough unsent. */
  function catchUp(viewer: Viewer, from: number): void {
    let cursor = from;
    for (let frame = deps.frameAfter(cursor); frame; frame = deps.frameAfter(cursor)) {
      if (viewer.buffered() > LAG_BYTES) {
        move(viewer, cursor);
        schedulePump();
        return;
      }
      viewer.send({ kind: 'events', seq: frame.last_seq, text: frame.text });
      cursor = frame.last_seq;
    }
    stalls.delete(viewer);
    move(viewer, null);
  }

  function schedulePump(): void {
    if (scheduled) return;
    scheduled = true;
    schedule(() => {
      scheduled = false;
      pump();
    }, PUMP_MS);
  }

  function pump(): void {
    forEach((viewer) => {
      const { cursor } = viewer.position;
      if (cursor === null) return;
      if (viewer.buffered() <= LAG_BYTES) catchUp(viewer, cursor);
      else if (isStuck(viewer)) cut(viewer);
      else schedulePump();
    });
  }

  function isStuck(viewer: Viewer): boolean {
    const buffered = viewer.buffered();
    const last = stalls.get(viewer);
    const looks = last?.buffered === buffered ? last.looks + 1 : 0;
    stalls.set(viewer, { buffered, looks });
    return looks >= PATIENCE;
  }

  return {
    resume() {
      for (const viewer of deps.list()) if (viewer.position.cursor !== null) schedulePump();
    },
    welcome(viewer, afterSeq) {
      const newest = deps.newestSeq();
      // A cursor beyond the newest event is of a past that was lost: the viewer starts anew.
      if (afterSeq === null || afterSeq > newest) {
        viewer.send({ kind: 'snapshot', seq: newest, text: deps.snapshot() });
        move(viewer, null);
      } else if (afterSeq === newest) {
        viewer.send({ kind: 'events', seq: newest, text: '[]' });
        move(viewer, null);
      } else {
        catchUp(viewer, afterSeq);
      }
    },
    broadcast(frame) {
      forEach((viewer) => {
        if (viewer.position.cursor !== null) schedulePump();
        else if (viewer.buffered() > LAG_BYTES) {
          move(viewer, frame.first_seq - 1);
          schedulePump();
        } else viewer.send({ kind: 'events', seq: frame.last_seq, text: frame.text });
      });
    },
    wantLogs() {
      for (const viewer of deps.list()) if (viewer.position.logs) return true;
      return false;
    },
    broadcastLogs(texts) {
      forEach((viewer) => {
        if (!viewer.position.logs) return;
        if (viewer.buffered() > LOG_BYTES) cut(viewer);
        else for (const text of texts) viewer.send({ kind: 'log', text });
      });
    },
  };
}
