import { mendJson } from '../../../shared/domain/mend-json.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { type LogEntry, LogLevel, type LogPage } from '../../../shared/schemas/log.ts';
import type { LogUpdate } from '../../../shared/schemas/update.ts';
import type { LogQuery } from '../execution-api.ts';
import { decodeLogCursor, encodeLogCursor, type LogCursor } from './log-cursor.ts';
import { clipEntry, entryBytes, type LogLimits, truncationMarker } from './log-limits.ts';
import { PAGE_CHARACTERS } from './page-size.ts';

/** `at` is in milliseconds, `level` the position in LogLevel. The indexes answer every filter and its count by themselves. */
export const LOGS_SCHEMA = `
  CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    attempt INTEGER NOT NULL,
    source TEXT NOT NULL,
    n INTEGER NOT NULL,
    at INTEGER NOT NULL,
    level INTEGER NOT NULL,
    step_id TEXT,
    plugin TEXT,
    message TEXT NOT NULL,
    metadata TEXT NOT NULL
  );
  CREATE UNIQUE INDEX logs_once ON logs (attempt, source, n);
  CREATE INDEX logs_by_time ON logs (at, id, level);
  CREATE INDEX logs_by_step ON logs (step_id, at, id, level);
  CREATE TABLE log_totals (
    id INTEGER PRIMARY KEY CHECK (id = 1), entries INTEGER NOT NULL, bytes INTEGER NOT NULL, truncated INTEGER NOT NULL
  );
  INSERT INTO log_totals (id, entries, bytes, truncated) VALUES (1, 0, 0, 0)`;

/** Ids that every entry carries in its metadata. */
export interface LogIds {
  correlation_id: string;
  trace_id: string;
}

export const logIds = ({ correlation_id, trace_id }: LogIds): LogIds => ({ correlation_id, trace_id });

export interface ExecutionLogs {
  /** Stores the entries that are new, and answers them. Part of the caller's transaction. */
  append(attempt: number, entries: readonly LogUpdate[], ids: LogIds): LogEntry[];
  /** One page, shorter than its limit when the entries are large; `bad_cursor` when the cursor is not one of ours. */
  page(executionId: string, query: LogQuery, ids: LogIds): LogPage | 'bad_cursor';
}

type Totals = { entries: number; bytes: number; truncated: number };
type Row = {
  id: number;
  at: number;
  level: number;
  step_id: string | null;
  plugin: string | null;
  message: string;
  metadata: string;
};

const LEVELS = LogLevel.options;
const DEFAULT_PAGE = 1_000;

/** The log of one execution in its object's SQLite. Late entries go where their time belongs. */
export function createExecutionLogs(sql: SqlStorage, limits: LogLimits = LIMITS): ExecutionLogs {
  const newest = () => sql.exec<{ at: number | null }>('SELECT MAX(at) AS at FROM logs').one().at ?? 0;
  const readTotals = () => sql.exec<Totals>('SELECT entries, bytes, truncated FROM log_totals').one();

  const isStored = (attempt: number, { source, n }: LogUpdate): boolean =>
    sql.exec('SELECT 1 FROM logs WHERE attempt = ? AND source = ? AND n = ?', attempt, source, n).toArray().length > 0;

  function insert(attempt: number, entry: LogUpdate): number | null {
    const metadata = JSON.stringify(entry.metadata);
    const row = sql
      .exec<{ id: number }>(
        `INSERT INTO logs (attempt, source, n, at, level, step_id, plugin, message, metadata)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (attempt, source, n) DO NOTHING RETURNING id`,
        attempt,
        entry.source,
        entry.n,
        Date.parse(entry.timestamp),
        LEVELS.indexOf(entry.level),
        entry.step_id,
        entry.plugin,
        entry.message,
        metadata,
      )
      .toArray()[0];
    return row ? entryBytes(entry.message, metadata) : null;
  }

  function append(attempt: number, entries: readonly LogUpdate[], ids: LogIds): LogEntry[] {
    if (entries.length === 0) return [];
    const totals = readTotals();
    if (totals.truncated) return [];
    const added: LogEntry[] = [];
    const take = (entry: LogUpdate) => {
      const size = insert(attempt, entry);
      if (size === null) return;
      totals.entries += 1;
      totals.bytes += size;
      added.push(toEntry(entry, ids));
    };
    for (const entry of entries) {
      if (totals.entries >= limits.logEntries || totals.bytes >= limits.logBytes) {
        if (isStored(attempt, entry)) continue;
        take(truncationMarker(limits, Math.max(newest(), Date.parse(entry.timestamp))));
        totals.truncated = 1;
        break;
      }
      take(clipEntry(entry, limits.logMessageBytes));
    }
    if (added.length > 0)
      sql.exec(
        'UPDATE log_totals SET entries = ?, bytes = ?, truncated = ?',
        totals.entries,
        totals.bytes,
        totals.truncated,
      );
    return added;
  }

  function page(executionId: string, query: LogQuery, ids: LogIds): LogPage | 'bad_cursor' {
    const cursor = query.cursor === undefined ? null : decodeLogCursor(query.cursor);
    if (cursor === 'bad_cursor') return cursor;
    const limit = query.limit ?? DEFAULT_PAGE;
    const filter = whereOf(query);
    const from = cursor === null ? filter : after(filter, cursor, query.order ?? 'asc');
    const direction = query.order === 'desc' ? 'DESC' : 'ASC';
    const rows = sql.exec<Row>(
      `SELECT id, at, level, step_id, plugin, message, metadata FROM logs ${where(from)}
       ORDER BY at ${direction}, id ${direction} LIMIT ?`,
      ...from.values,
      limit + 1,
    );
    const logs: Row[] = [];
    let size = 0;
    let more = false;
    for (const row of rows) {
      more = logs.length === limit || size > PAGE_CHARACTERS;
      if (more) break;
      logs.push(row);
      size += row.message.length + row.metadata.length;
    }
    const last = logs.at(-1);
    return {
      execution_id: executionId,
      logs: logs.map((row) => renderRow(row, ids)),
      pagination: {
        total_entries: count(filter),
        returned_entries: logs.length,
        has_more: more,
        next_cursor: more && last ? encodeLogCursor(last) : null,
      },
    };
  }

  function count(filter: Filter): number {
    if (filter.terms.length === 0) return readTotals().entries;
    return sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM logs ${where(filter)}`, ...filter.values).one().n;
  }

  return { append, page };
}

interface Filter {
  terms: string[];
  values: (string | number)[];
}

const where = (filter: Filter): string => (filter.terms.length === 0 ? '' : `WHERE ${filter.terms.join(' AND ')}`);

function whereOf(query: LogQuery): Filter {
  const filter: Filter = { terms: [], values: [] };
  const add = (term: string, value: string | number) => {
    filter.terms.push(term);
    filter.values.push(value);
  };
  if (query.step_id !== undefined) add('step_id = ?', query.step_id);
  if (query.level !== undefined && query.level !== 'DEBUG') add('level >= ?', LEVELS.indexOf(query.level));
  if (query.start_time !== undefined) add('at >= ?', Date.parse(query.start_time));
  if (query.end_time !== undefined) add('at < ?', Date.parse(query.end_time));
  return filter;
}

const after = (filter: Filter, { at, id }: LogCursor, order: 'asc' | 'desc'): Filter => ({
  terms: [...filter.terms, order === 'asc' ? '(at, id) > (?, ?)' : '(at, id) < (?, ?)'],
  values: [...filter.values, at, id],
});

const withIds = (metadata: LogEntry['metadata'], ids: LogIds): LogEntry['metadata'] => ({ ...metadata, ...ids });

const toEntry = ({ timestamp, level, step_id, plugin, message, metadata }: LogUpdate, ids: LogIds): LogEntry => ({
  timestamp: new Date(timestamp).toISOString(),
  level,
  step_id,
  plugin,
  message,
  metadata: withIds(metadata, ids),
});

const renderRow = (row: Row, ids: LogIds): LogEntry => ({
  timestamp: new Date(row.at).toISOString(),
  level: LEVELS[row.level] ?? 'INFO',
  step_id: row.step_id,
  plugin: row.plugin,
  message: row.message,
  metadata: withIds(JSON.parse(mendJson(row.metadata)), ids),
});
