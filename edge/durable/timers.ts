export const TIMERS_SCHEMA =
  'CREATE TABLE timers (name TEXT PRIMARY KEY, at INTEGER NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID';

/** What an alarm could not do is tried again after this long. */
export const ALARM_RETRY_MS = 1_000;

/** When a timer fires, and a number that its user keeps with it, such as how often it fired before. */
export interface Timer {
  at: number;
  count: number;
}

/** Several timers on the one alarm that a Durable Object has. Times are milliseconds since 1970. */
export interface Timers<Name extends string> {
  get(name: Name): Timer | null;
  set(name: Name, at: number, count?: number): void;
  /** Sets it unless it is set for that time or earlier. */
  ensure(name: Name, at: number): void;
  clear(name: Name): void;
  /** Takes the timers that are due off the table; the caller acts on them and sets them anew where needed. */
  takeDue(now: number): { name: Name; count: number }[];
  /**
   * Reads the table anew and sets the alarm for the earliest timer, not before a given time: an alarm that has fired, or
   * failed, is gone.
   */
  rearm(notBefore?: number): void;
}

/**
 * Timers in the `timers` table. Writes are part of the caller's transaction; the alarm is only touched when the earliest
 * time changes.
 */
export function createTimers<Name extends string>(storage: DurableObjectStorage): Timers<Name> {
  const { sql } = storage;
  let times = load();
  let armed = earliest();

  function load(): Map<Name, Timer> {
    const rows = sql.exec<{ name: Name; at: number; count: number }>('SELECT name, at, count FROM timers').toArray();
    return new Map(rows.map(({ name, ...timer }) => [name, timer]));
  }

  function earliest(): number | null {
    return times.size === 0 ? null : Math.min(...[...times.values()].map((timer) => timer.at));
  }

  function arm(notBefore = 0): void {
    const first = earliest();
    const next = first === null ? null : Math.max(first, notBefore);
    if (next === armed) return;
    armed = next;
    // Not awaited: the output gate holds back every answer until the alarm is on disk with the writes beside it.
    void (next === null ? storage.deleteAlarm() : storage.setAlarm(next));
  }

  function set(name: Name, at: number, count = 0): void {
    sql.exec('INSERT OR REPLACE INTO timers (name, at, count) VALUES (?, ?, ?)', name, at, count);
    times.set(name, { at, count });
    arm();
  }

  function clear(name: Name): void {
    if (!times.delete(name)) return;
    sql.exec('DELETE FROM timers WHERE name = ?', name);
    arm();
  }

  return {
    get: (name) => times.get(name) ?? null,
    set,
    ensure(name, at) {
      const known = times.get(name);
      if (known === undefined || known.at > at) set(name, at);
    },
    clear,
    takeDue(now) {
      const due = [...times].filter(([, { at }]) => at <= now).map(([name, { count }]) => ({ name, count }));
      for (const { name } of due) {
        sql.exec('DELETE FROM timers WHERE name = ?', name);
        times.delete(name);
      }
      return due;
    },
    rearm(notBefore) {
      times = load();
      armed = null;
      arm(notBefore);
    },
  };
}
