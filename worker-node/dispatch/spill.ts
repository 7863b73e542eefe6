import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { engineWorkflowId } from '../../shared/schemas/command.ts';
import { describeError, type Logger } from '../logger.ts';
import { type Segment, segmentOf } from './segment.ts';

/** The part of the spill file that belongs to one lane of the poster: a queue on disk behind the lane's queue in memory. */
export interface SpillLane {
  /** Segments that were appended (or found at start) and not read yet. */
  unread(): number;
  /** Whether some of them are of this attempt. */
  holds(executionId: string, attempt: number): boolean;
  append(segment: Segment): void;
  /** The next unread segments, about `maxBytes` of them and at least one. They stay in the file until they are removed. */
  read(maxBytes: number): Segment[];
  remove(rowIds: readonly number[]): void;
  /** Puts segments before everything that is in the file. Throws when the file cannot be written. */
  prepend(segments: readonly Segment[]): void;
}

export interface Spill {
  /** By number of the lane. */
  readonly lanes: readonly SpillLane[];
  /** Writes what is still buffered. */
  close(): void;
}

export interface SpillOptions {
  /** Folder of the file; made when absent. */
  dir: string;
  lanes: number;
  logger: Logger;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS segments (
    id INTEGER PRIMARY KEY,
    lane INTEGER NOT NULL,
    execution_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    updates TEXT NOT NULL,
    logs TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS segments_by_lane ON segments (lane, id);`;

/** Milliseconds until a failed write is tried again. */
const WRITE_RETRY_MS = 1_000;

type Row = { id: number; execution_id: string; attempt: number; updates: string; logs: string };

/**
 * Updates that the edge cannot take now and memory should not hold, in SQLite. It outlives the process: what an earlier
 * one left is unread at start. Appended segments are buffered for one turn of the event loop, so that a burst is one
 * transaction; while the disk refuses them they stay in that buffer.
 */
export function openSpill({ dir, lanes, logger }: SpillOptions): Spill {
  const db = openFreeFile(dir);
  const insert = db.prepare('INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?)');
  const selectAfter = db.prepare(
    'SELECT id, execution_id, attempt, updates, logs FROM segments WHERE lane = ? AND id > ? ORDER BY id',
  );
  const deleteRow = db.prepare('DELETE FROM segments WHERE id = ?');
  // Files of versions with four lanes: executions keep their order, since their lane there decides the one here.
  db.prepare('UPDATE segments SET lane = lane % ? WHERE lane >= ?').run(lanes, lanes);
  const bounds = db.prepare('SELECT coalesce(min(id), 1) AS first, coalesce(max(id), 0) AS last FROM segments').get();
  let firstId = Number(bounds?.first);
  let lastId = Number(bounds?.last);

  let writing: NodeJS.Immediate | undefined;
  let writeAgain: NodeJS.Timeout | undefined;

  function inTransaction(work: () => void): void {
    db.exec('BEGIN');
    try {
      work();
      db.exec('COMMIT');
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  }

  function store(id: number, lane: number, { executionId, attempt, updates, logs }: Segment): void {
    insert.run(id, lane, executionId, attempt, updates, logs);
  }

  const states = Array.from({ length: lanes }, (_, lane): LaneState => {
    const unreadOf = countRows(db, lane);
    const stored = [...unreadOf.values()].reduce((sum, count) => sum + count, 0);
    return { cursor: firstId - 1, stored, buffer: [], unreadOf };
  });

  function write(): void {
    writing = undefined;
    writeAgain = undefined;
    let id = lastId;
    try {
      inTransaction(() => {
        for (const [lane, { buffer }] of states.entries()) for (const segment of buffer) store(++id, lane, segment);
      });
    } catch (error) {
      logger.error('cannot write updates to the spill file; they stay in memory', { error });
      writeAgain = setTimeout(write, WRITE_RETRY_MS).unref();
      return;
    }
    lastId = id;
    for (const state of states) {
      state.stored += state.buffer.length;
      state.buffer = [];
    }
  }

  function read(lane: number, state: LaneState, maxBytes: number): Segment[] {
    const segments = state.stored > 0 ? readStored(lane, state, maxBytes) : state.buffer.splice(0);
    for (const segment of segments) count(state, segment, -1);
    return segments;
  }

  function readStored(lane: number, state: LaneState, maxBytes: number): Segment[] {
    const segments: Segment[] = [];
    let bytes = 0;
    // The columns of the statement above; node:sqlite types rows loosely.
    for (const row of selectAfter.iterate(lane, state.cursor) as Iterable<Row>) {
      const { id, execution_id: executionId, attempt, updates, logs } = row;
      const segment = segmentOf({ executionId, attempt, updates, logs });
      if (segments.length > 0 && bytes + segment.bytes > maxBytes) break;
      bytes += segment.bytes;
      segments.push({ ...segment, rowId: id });
      state.cursor = id;
    }
    state.stored -= segments.length;
    return segments;
  }

  function laneOf(lane: number, state: LaneState): SpillLane {
    return {
      unread: () => state.stored + state.buffer.length,
      holds: (executionId, attempt) => state.unreadOf.has(engineWorkflowId(executionId, attempt)),
      append(segment) {
        state.buffer.push(segment);
        count(state, segment, 1);
        if (!writeAgain) writing ??= setImmediate(write);
      },
      read: (maxBytes) => read(lane, state, maxBytes),
      remove(rowIds) {
        if (rowIds.length === 0) return;
        try {
          inTransaction(() => {
            for (const id of rowIds) deleteRow.run(id);
          });
        } catch (error) {
          logger.warn('cannot remove posted updates from the spill file; they will be posted again', { error });
        }
      },
      prepend(segments) {
        const start = firstId - segments.length;
        inTransaction(() => {
          for (const [index, segment] of segments.entries()) store(start + index, lane, segment);
        });
        firstId = start;
      },
    };
  }

  return {
    lanes: states.map((state, lane) => laneOf(lane, state)),
    close() {
      clearImmediate(writing);
      clearTimeout(writeAgain);
      write();
      clearTimeout(writeAgain);
      db.close();
    },
  };
}

interface LaneState {
  /** Row that was read last. */
  cursor: number;
  /** Rows after it. */
  stored: number;
  /** Appended, not written yet. */
  buffer: Segment[];
  /** How many of both there are by attempt. */
  unreadOf: Map<string, number>;
}

function count({ unreadOf }: LaneState, { executionId, attempt }: Segment, more: 1 | -1): void {
  const key = engineWorkflowId(executionId, attempt);
  const unread = (unreadOf.get(key) ?? 0) + more;
  if (unread > 0) unreadOf.set(key, unread);
  else unreadOf.delete(key);
}

function countRows(db: DatabaseSync, lane: number): Map<string, number> {
  const counts = 'SELECT execution_id, attempt, count(*) AS count FROM segments WHERE lane = ? GROUP BY 1, 2';
  const rows = db.prepare(counts).all(lane);
  return new Map(
    rows.map((row) => [engineWorkflowId(String(row.execution_id), Number(row.attempt)), Number(row.count)]),
  );
}

/** A file belongs to one process at a time. Workers that share a folder take `spill-0.sqlite`, `spill-1.sqlite` … */
function openFreeFile(dir: string): DatabaseSync {
  mkdirSync(dir, { recursive: true });
  for (let number = 0; ; number += 1) {
    const db = new DatabaseSync(join(dir, `spill-${number}.sqlite`));
    try {
      // Exclusive: the lock is held until the process ends, however it ends.
      db.exec(
        'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN EXCLUSIVE',
      );
      db.exec(SCHEMA);
      db.exec('COMMIT');
      return db;
    } catch (error) {
      db.close();
      if (!describeError(error).includes('locked')) throw error;
    }
  }
}
