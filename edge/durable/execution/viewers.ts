import { STREAM_CLOSE } from '../../../shared/schemas/event.ts';
import type { Frame } from './frames.ts';
import type { SnapshotFrame } from './snapshot-frames.ts';

/**
 * One message to a viewer; the transport decides how it is written. `seq` is the newest event that the viewer has with it;
 * null while a snapshot is not whole yet.
 */
export type ViewerMessage =
  | { kind: 'snapshot' | 'snapshot_steps'; seq: number | null; text: string }
  | { kind: 'events'; seq: number; text: string }
  | { kind: 'log'; text: string };

/**
 * Where a viewer stands. `cursor` null: it has everything up to the newest event, since every frame is sent in the turn
 * that stores it. A number: it lags, and the events after that seq are still to be read from the store. `snapshot`: it has
 * not been sent all of a snapshot.
 */
export interface ViewerPosition {
  cursor: number | null | 'snapshot';
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
  /** The present state, in frames that are made as they are asked for. */
  snapshot(): Iterator<SnapshotFrame, void, void>;
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

/** A snapshot that a viewer has not been sent whole, and what waits until it has. */
interface Unfinished {
  seq: number;
  frames: Iterator<SnapshotFrame, void, void>;
  logs: string[];
  logBytes: number;
}

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
  /** Where it is missing for a viewer, the object has come back meanwhile: the snapshot begins anew. */
  const unfinished = new WeakMap<Viewer, Unfinished>();
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

  function move(viewer: Viewer, cursor: ViewerPosition['cursor']): void {
    viewer.position = { ...viewer.position, cursor };
    viewer.savePosition(viewer.position);
  }

  const begin = (): Unfinished => ({ seq: deps.newestSeq(), frames: deps.snapshot(), logs: [], logBytes: 0 });

  /** Sends a snapshot until the viewer has it, and then what came meanwhile, or until it has enough unsent. */
  function sendSnapshot(viewer: Viewer, rest: Unfinished): void {
    for (;;) {
      if (viewer.buffered() > LAG_BYTES) {
        unfinished.set(viewer, rest);
        move(viewer, 'snapshot');
        schedulePump();
        return;
      }
      const next = rest.frames.next();
      if (next.done) break;
      const { kind, last, text } = next.value;
      viewer.send({ kind, seq: last ? rest.seq : null, text });
    }
    unfinished.delete(viewer);
    for (const text of rest.logs) viewer.send({ kind: 'log', text });
    catchUp(viewer, rest.seq);
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
      if (viewer.buffered() <= LAG_BYTES) goOn(viewer, cursor);
      else if (isStuck(viewer)) cut(viewer);
      else schedulePump();
    });
  }

  function goOn(viewer: Viewer, cursor: number | 'snapshot'): void {
    if (cursor === 'snapshot') sendSnapshot(viewer, unfinished.get(viewer) ?? begin());
    else catchUp(viewer, cursor);
  }

  function isStuck(viewer: Viewer): boolean {
    const buffered = viewer.buffered();
    const last = stalls.get(viewer);
    const looks = last?.buffered === buffered ? last.looks + 1 : 0;
    stalls.set(viewer, { buffered, looks });
    return looks >= PATIENCE;
  }

  /** They are told of a state that the viewer does not know yet. */
  function holdLogs(viewer: Viewer, texts: readonly string[]): void {
    const rest = unfinished.get(viewer) ?? begin();
    unfinished.set(viewer, rest);
    for (const text of texts) {
      rest.logs.push(text);
      rest.logBytes += text.length;
    }
    if (rest.logBytes > LOG_BYTES) cut(viewer);
  }

  return {
    resume() {
      for (const viewer of deps.list()) if (viewer.position.cursor !== null) schedulePump();
    },
    welcome(viewer, afterSeq) {
      const newest = deps.newestSeq();
      // A cursor beyond the newest event is of a past that was lost: the viewer starts anew.
      if (afterSeq === null || afterSeq > newest) {
        sendSnapshot(viewer, begin());
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
        if (viewer.position.cursor === 'snapshot') holdLogs(viewer, texts);
        else if (viewer.buffered() > LOG_BYTES) cut(viewer);
        else for (const text of texts) viewer.send({ kind: 'log', text });
      });
    },
  };
}
