export const OUTBOX_SCHEMA = `
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lane TEXT NOT NULL,
    entry TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL
  )`;

/** What an execution has to tell others. Entries of one lane are sent in order, one at a time; lanes do not wait for each other. */
export type OutboxEntry =
  /** The newest state belongs into the index. */
  | { lane: 'index'; kind: 'index' }
  | { lane: 'dispatch'; kind: 'start' }
  | { lane: 'dispatch'; kind: 'reconcile' }
  | { lane: 'dispatch'; kind: 'withdraw' }
  | { lane: 'dispatch'; kind: 'forget' }
  | { lane: 'dispatch'; kind: 'stop'; graceful: boolean }
  | { lane: 'blobs'; kind: 'delete_outputs' };

export type OutboxLane = OutboxEntry['lane'];

/** `done`: the receiver confirmed it. A number: not yet, ask again after that many milliseconds. Throwing means the same. */
export type SendResult = 'done' | number;

export interface Outbox {
  /** Part of the caller's transaction. A repeated `index` replaces the one that waits. */
  add(entry: OutboxEntry, now: number): void;
  /** Sends what is due on a lane until it is empty or its first entry has to wait; a running drain of the lane is joined. */
  drain(lane: OutboxLane): Promise<void>;
  drainAll(): Promise<void>;
  /** When the next entry is due; null when there is none. */
  nextDue(): number | null;
}

export interface OutboxDeps {
  send(entry: OutboxEntry, attempt: { tries: number }): Promise<SendResult>;
  now(): number;
  /** Called when entries are left for later, so that the alarm gets set. */
  onPending(due: number): void;
  onError(entry: OutboxEntry, error: unknown): void;
}

const RETRY_BASE_MS = 250;
const RETRY_MAX_MS = 60_000;

type Row = { id: number; entry: string; tries: number; due: number };

/**
 * The only way out of an execution: entries are written with the change that causes them and removed only once their
 * receiver confirmed, so each is sent at least once whatever fails in between.
 */
export function createOutbox(sql: SqlStorage, deps: OutboxDeps): Outbox {
  const running = new Map<OutboxLane, Promise<void>>();

  const head = (lane: OutboxLane): Row | undefined =>
    sql.exec<Row>('SELECT id, entry, tries, due FROM outbox WHERE lane = ? ORDER BY id LIMIT 1', lane).toArray()[0];

  async function attempt(row: Row): Promise<SendResult> {
    const entry: OutboxEntry = JSON.parse(row.entry);
    try {
      return await deps.send(entry, { tries: row.tries });
    } catch (error) {
      deps.onError(entry, error);
      return Math.min(RETRY_BASE_MS * 2 ** row.tries, RETRY_MAX_MS);
    }
  }

  async function run(lane: OutboxLane): Promise<void> {
    try {
      for (let row = head(lane); row && row.due <= deps.now(); row = head(lane)) {
        const result = await attempt(row);
        if (result === 'done') {
          sql.exec('DELETE FROM outbox WHERE id = ?', row.id);
        } else {
          const due = deps.now() + result;
          sql.exec('UPDATE outbox SET tries = tries + 1, due = ? WHERE id = ?', due, row.id);
          deps.onPending(due);
        }
      }
    } finally {
      // In the same turn as the last look at the table: whoever adds an entry after it starts a new run.
      running.delete(lane);
    }
  }

  function drain(lane: OutboxLane): Promise<void> {
    const current = running.get(lane);
    if (current) return current;
    const next = Promise.resolve().then(() => run(lane));
    running.set(lane, next);
    return next;
  }

  return {
    add(entry, now) {
      // A new row rather than the old one: a drain under way must not remove it when it confirms the older state.
      if (entry.lane === 'index') sql.exec("DELETE FROM outbox WHERE lane = 'index'");
      sql.exec('INSERT INTO outbox (lane, entry, due) VALUES (?, ?, ?)', entry.lane, JSON.stringify(entry), now);
    },
    drain,
    async drainAll() {
      await Promise.all((['index', 'dispatch', 'blobs'] as const).map(drain));
    },
    nextDue: () =>
      sql
        .exec<{ due: number | null }>(
          'SELECT MIN(due) AS due FROM outbox WHERE id IN (SELECT MIN(id) FROM outbox GROUP BY lane)',
        )
        .one().due,
  };
}
