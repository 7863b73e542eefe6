import type { Command } from '../../../shared/schemas/command.ts';
import type { WithdrawAnswer } from '../dispatch-api.ts';
import type { Documents } from '../sqlite/documents.ts';

/**
 * `socket`: the connection that holds the command, null while it waits. `due`: when it may be sent, or, once sent, when it
 * is taken for lost. `withdrawn` remembers attempts whose start was taken back, so that the answer to a repeated question
 * is the same.
 */
export const QUEUE_SCHEMA = `
  CREATE TABLE commands (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    execution_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    type TEXT NOT NULL,
    text TEXT NOT NULL,
    due INTEGER NOT NULL,
    socket TEXT,
    withdrawing INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX commands_in_order ON commands (execution_id, seq);
  CREATE INDEX commands_waiting ON commands (seq) WHERE socket IS NULL;
  CREATE INDEX commands_in_flight ON commands (socket) WHERE socket IS NOT NULL;
  CREATE TABLE withdrawn (
    execution_id TEXT NOT NULL, attempt INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (execution_id, attempt)
  ) WITHOUT ROWID`;

/** The connection that gave the command back last. */
export const QUEUE_REFUSED_BY = 'ALTER TABLE commands ADD COLUMN refused_by TEXT';

/** A command that a connection held this long without a word is sent again. */
const ACK_TIMEOUT_MS = 15_000;
/** An execution asks about a withdrawn start for seconds; a day is plenty. */
const REMEMBER_MS = 86_400_000;

/** A command as stored; `text` is its JSON. */
export interface QueuedCommand {
  id: string;
  text: string;
  /** The connection that gave it back last; null when none did. */
  refusedBy: string | null;
}

export interface CommandQueue {
  /** False when the command is there already, or its attempt was withdrawn. */
  add(command: Command, now: number): boolean;
  /** Up to `limit` commands that may be sent now: due, and first of their execution. Oldest first. */
  ready(limit: number, now: number): QueuedCommand[];
  /** The connection holds it from now on; answers when it is taken for lost. */
  sent(id: string, socket: string, now: number): number;
  acked(id: string): void;
  /** The connection that holds it gives it back; it waits until `due`. A start that is being withdrawn is gone with that. */
  returned(id: string, from: { socket: string; due: number; now: number }): void;
  /** The connection is gone: what it held comes back. */
  released(socket: string, now: number): void;
  /** What was sent long ago without an answer comes back. */
  expire(now: number): void;
  /** Ids of the connections that hold commands, and how many each. */
  inFlight(): Map<string, number>;
  /** When to look again without an event: the next refused command or lost acknowledgement. Null: only events matter. */
  nextDue(now: number): number | null;
  withdraw(executionId: string, attempt: number, now: number): WithdrawAnswer;
  forget(executionId: string, attempt: number): void;
}

type Row = { id: string; execution_id: string; attempt: number; withdrawing: number };

/** The commands of one shard in its object's SQLite: in order per execution, one in flight per execution. */
export function createCommandQueue(sql: SqlStorage, documents: Documents): CommandQueue {
  function remove(id: string): void {
    const [row] = sql.exec<{ text: string }>('DELETE FROM commands WHERE id = ? RETURNING text', id).toArray();
    if (row?.text === '') documents.remove(`command/${id}`);
  }

  function comeBack({ id, execution_id, attempt, withdrawing }: Row, due: number, now: number): void {
    if (withdrawing) finishWithdrawal(execution_id, attempt, now);
    else sql.exec('UPDATE commands SET socket = NULL, due = ? WHERE id = ?', due, id);
  }

  function finishWithdrawal(executionId: string, attempt: number, now: number): void {
    const ids = sql
      .exec<{ id: string }>('SELECT id FROM commands WHERE execution_id = ? AND attempt = ?', executionId, attempt)
      .toArray();
    for (const { id } of ids) remove(id);
    sql.exec('DELETE FROM withdrawn WHERE at < ?', now - REMEMBER_MS);
    sql.exec('INSERT OR IGNORE INTO withdrawn (execution_id, attempt, at) VALUES (?, ?, ?)', executionId, attempt, now);
  }

  const isWithdrawn = (executionId: string, attempt: number): boolean =>
    sql.exec('SELECT 1 FROM withdrawn WHERE execution_id = ? AND attempt = ?', executionId, attempt).toArray().length >
    0;

  const startOf = (executionId: string, attempt: number) =>
    sql
      .exec<{ id: string; socket: string | null }>(
        "SELECT id, socket FROM commands WHERE execution_id = ? AND attempt = ? AND type = 'start'",
        executionId,
        attempt,
      )
      .toArray()[0];

  return {
    add(command, now) {
      const { id, execution_id, attempt, type } = command;
      if (isWithdrawn(execution_id, attempt)) return false;
      const known = sql.exec('SELECT 1 FROM commands WHERE id = ?', id).toArray().length > 0;
      if (known) return false;
      const text = documents.spill(`command/${id}`, JSON.stringify(command));
      sql.exec(
        'INSERT INTO commands (id, execution_id, attempt, type, text, due) VALUES (?, ?, ?, ?, ?, ?)',
        id,
        execution_id,
        attempt,
        type,
        text,
        now,
      );
      return true;
    },
    ready: (limit, now) =>
      sql
        .exec<{ id: string; text: string; refusedBy: string | null }>(
          `SELECT id, text, refused_by AS refusedBy FROM commands c WHERE socket IS NULL AND due <= ? AND NOT EXISTS (
             SELECT 1 FROM commands earlier WHERE earlier.execution_id = c.execution_id AND earlier.seq < c.seq
           ) ORDER BY seq LIMIT ?`,
          now,
          limit,
        )
        .toArray()
        .map(({ id, text, refusedBy }) => ({ id, text: documents.unspill(`command/${id}`, text), refusedBy })),
    sent(id, socket, now) {
      const due = now + ACK_TIMEOUT_MS;
      sql.exec('UPDATE commands SET socket = ?, due = ? WHERE id = ?', socket, due, id);
      return due;
    },
    acked: remove,
    returned(id, { socket, due, now }) {
      const [row] = sql
        .exec<Row>(
          'UPDATE commands SET refused_by = socket WHERE id = ? AND socket = ? RETURNING id, execution_id, attempt, withdrawing',
          id,
          socket,
        )
        .toArray();
      if (row) comeBack(row, due, now);
    },
    released(socket, now) {
      const rows = sql
        .exec<Row>('SELECT id, execution_id, attempt, withdrawing FROM commands WHERE socket = ?', socket)
        .toArray();
      for (const row of rows) comeBack(row, now, now);
    },
    // A start that is being withdrawn is not sent again: its connection answers or closes.
    expire: (now) =>
      void sql.exec('UPDATE commands SET socket = NULL WHERE socket IS NOT NULL AND due <= ? AND withdrawing = 0', now),
    inFlight() {
      const rows = sql.exec<{ socket: string; n: number }>(
        'SELECT socket, COUNT(*) AS n FROM commands WHERE socket IS NOT NULL GROUP BY socket',
      );
      return new Map([...rows].map(({ socket, n }) => [socket, n]));
    },
    nextDue: (now) =>
      sql
        .exec<{ due: number | null }>(
          'SELECT MIN(due) AS due FROM commands WHERE withdrawing = 0 AND (socket IS NOT NULL OR due > ?)',
          now,
        )
        .one().due,
    withdraw(executionId, attempt, now) {
      if (isWithdrawn(executionId, attempt)) return 'withdrawn';
      const start = startOf(executionId, attempt);
      if (!start) return 'acked';
      if (start.socket !== null) {
        sql.exec('UPDATE commands SET withdrawing = 1 WHERE id = ?', start.id);
        return 'in_flight';
      }
      finishWithdrawal(executionId, attempt, now);
      return 'withdrawn';
    },
    forget(executionId, attempt) {
      const start = startOf(executionId, attempt);
      if (start) remove(start.id);
    },
  };
}
