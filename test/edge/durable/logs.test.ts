import { env, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { ENTRY_BYTES } from '../../../edge/durable/execution/log-limits.ts';
import { createExecutionLogs, type ExecutionLogs, LOGS_SCHEMA } from '../../../edge/durable/execution/logs.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { LogEntry, LogPage } from '../../../shared/schemas/log.ts';
import type { LogUpdate } from '../../../shared/schemas/update.ts';
import { at, batch, created } from './executions.ts';

const IDS = { correlation_id: 'req_1', trace_id: 'trace_1' };

let objects = 0;

function withLogs(
  test: (logs: ExecutionLogs, sql: SqlStorage) => void,
  limits: Partial<Record<'logEntries' | 'logBytes' | 'logMessageBytes', number>> = {},
): Promise<void> {
  const object = env.EXECUTIONS.getByName(`test/logs-${objects++}`);
  return runInDurableObject(object, (_instance, { storage }) => {
    storage.sql.exec(LOGS_SCHEMA);
    test(createExecutionLogs(storage.sql, { ...LIMITS, ...limits }), storage.sql);
  });
}

const entry = (n: number, change: Partial<LogUpdate> = {}): LogUpdate => ({
  source: 's0/1',
  n,
  timestamp: at(n),
  level: 'INFO',
  step_id: 's0',
  plugin: 'core',
  message: `message ${n}`,
  metadata: {},
  ...change,
});

function pageOf(logs: ExecutionLogs, query: Parameters<ExecutionLogs['page']>[1]): LogPage {
  const page = logs.page('exec_1', query, IDS);
  if (page === 'bad_cursor') throw new Error('bad cursor');
  return page;
}

const messages = (entries: LogEntry[]) => entries.map((log) => log.message);

describe('logs', () => {
  it('are answered with the ids of the start in every entry', () =>
    withLogs((logs) => {
      const added = logs.append(1, [entry(1, { metadata: { rows: 3 } })], IDS);
      const stored = pageOf(logs, {});
      expect(stored).toEqual({
        execution_id: 'exec_1',
        logs: [
          {
            timestamp: at(1),
            level: 'INFO',
            step_id: 's0',
            plugin: 'core',
            message: 'message 1',
            metadata: { ...IDS, rows: 3 },
          },
        ],
        pagination: { total_entries: 1, returned_entries: 1, has_more: false, next_cursor: null },
      });
      expect(added).toEqual(stored.logs);
    }));

  it('are stored once per attempt, source and number', () =>
    withLogs((logs) => {
      expect(logs.append(1, [entry(1), entry(2), entry(1)], IDS)).toHaveLength(2);
      expect(logs.append(1, [entry(1), entry(2)], IDS)).toEqual([]);
      expect(logs.append(2, [entry(1)], IDS)).toHaveLength(1);
      expect(logs.append(1, [entry(1, { source: 's1/1' })], IDS)).toHaveLength(1);
      expect(pageOf(logs, {}).pagination.total_entries).toBe(4);
    }));

  it('are in the order of time, whatever the order of arrival', () =>
    withLogs((logs) => {
      logs.append(1, [entry(3), entry(1)], IDS);
      logs.append(1, [entry(2)], IDS);
      expect(messages(pageOf(logs, {}).logs)).toEqual(['message 1', 'message 2', 'message 3']);
      expect(messages(pageOf(logs, { order: 'desc' }).logs)).toEqual(['message 3', 'message 2', 'message 1']);
    }));

  it.each(['asc', 'desc'] as const)(
    'page by cursor without gap or repetition (%s), also within one millisecond',
    (order) =>
      withLogs((logs) => {
        logs.append(
          1,
          Array.from({ length: 25 }, (_, n) => entry(n, { timestamp: at(Math.floor(n / 7)) })),
          IDS,
        );
        const all = messages(pageOf(logs, { order }).logs);
        const paged: string[] = [];
        let cursor: string | undefined;
        do {
          const page = pageOf(logs, { order, limit: 4, cursor });
          expect(page.pagination.total_entries).toBe(25);
          expect(page.pagination.has_more).toBe(page.pagination.next_cursor !== null);
          paged.push(...messages(page.logs));
          cursor = page.pagination.next_cursor ?? undefined;
        } while (cursor !== undefined);
        expect(paged).toEqual(all);
        expect(new Set(paged).size).toBe(25);
      }),
  );

  it('are filtered by step, least level, and time: from inclusive, to exclusive', () =>
    withLogs((logs) => {
      const levels = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
      const entries = Array.from({ length: 40 }, (_, n) =>
        entry(n, { level: levels[n % 4], step_id: n % 5 === 0 ? null : `s${n % 2}` }),
      );
      logs.append(1, entries, IDS);
      const cases = [
        {},
        { step_id: 's1' },
        { level: 'DEBUG' },
        { level: 'WARN' },
        { start_time: at(10) },
        { end_time: at(10) },
        { step_id: 's0', level: 'ERROR' },
        { step_id: 's1', level: 'INFO', start_time: at(5), end_time: at(30) },
        { step_id: 'unknown' },
      ] as const;
      for (const query of cases) {
        const { step_id, level = 'DEBUG', start_time = '', end_time = '9' } = query as Record<string, string>;
        const expected = entries.filter(
          (log) =>
            (step_id === undefined || log.step_id === step_id) &&
            levels.indexOf(log.level) >= levels.indexOf(level as 'DEBUG') &&
            log.timestamp >= start_time &&
            log.timestamp < end_time,
        );
        const page = pageOf(logs, query);
        expect(messages(page.logs)).toEqual(expected.map((log) => log.message));
        expect(page.pagination.total_entries).toBe(expected.length);
      }
    }));

  it('are counted and paged by indexes alone', () =>
    withLogs((_logs, sql) => {
      const plan = (query: string) =>
        sql
          .exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`)
          .toArray()
          .map((row) => row.detail)
          .join('\n');
      const counts = plan("SELECT COUNT(*) FROM logs WHERE step_id = 's0' AND level >= 2 AND at >= 1");
      expect(counts).toContain('COVERING INDEX logs_by_step');
      expect(plan('SELECT COUNT(*) FROM logs WHERE level >= 2')).toContain('COVERING INDEX logs_by_time');
      for (const filter of ["WHERE step_id = 's0'", 'WHERE at >= 5', '', 'WHERE (at, id) > (1, 1)']) {
        const page = plan(`SELECT * FROM logs ${filter} ORDER BY at, id LIMIT 10`);
        expect(page).toContain('USING INDEX');
        expect(page).not.toContain('TEMP B-TREE');
      }
    }));

  it.each(['', 'x', '1', '1.', '.1', '1.2.3', 'zzzzzzzzzzzz.1', "1.1' OR 1=1"])('refuse the cursor %j', (cursor) =>
    withLogs((logs) => expect(logs.page('exec_1', { cursor }, IDS)).toBe('bad_cursor')),
  );

  it('cut a message at the limit of bytes, between characters, and say how long it was', () =>
    withLogs(
      (logs) => {
        logs.append(1, [entry(1, { message: 'ä'.repeat(50) }), entry(2, { message: 'ä'.repeat(51) })], IDS);
        const [whole, cut] = pageOf(logs, {}).logs;
        expect(whole?.message).toBe('ä'.repeat(50));
        expect(cut?.message).toBe('ä'.repeat(50));
        expect(cut?.metadata).toMatchObject({ message_bytes: 102 });
      },
      { logMessageBytes: 101 },
    ));

  it('measure metadata in bytes', () =>
    withLogs(
      (logs) => {
        logs.append(1, [entry(1, { metadata: { big: '語'.repeat(40) } })], IDS);
        expect(pageOf(logs, {}).logs[0]?.metadata).toEqual({ ...IDS, metadata_truncated: true });
      },
      { logMessageBytes: 101 },
    ));

  it('replace metadata that is over the limit', () =>
    withLogs(
      (logs) => {
        logs.append(1, [entry(1, { metadata: { big: 'x'.repeat(200) } })], IDS);
        expect(pageOf(logs, {}).logs[0]?.metadata).toEqual({ ...IDS, metadata_truncated: true });
      },
      { logMessageBytes: 100 },
    ));

  it('page by a thousand unless asked otherwise', () =>
    withLogs((logs) => {
      logs.append(
        1,
        Array.from({ length: 1_001 }, (_, n) => entry(n)),
        IDS,
      );
      expect(pageOf(logs, {}).pagination).toMatchObject({ returned_entries: 1_000, has_more: true });
    }));

  it.each([{ logEntries: 3 }, { logBytes: 2 * ENTRY_BYTES + 30 }])('end with a marker at the limit %o', (limits) =>
    withLogs((logs) => {
      logs.append(1, [entry(1), entry(9), entry(3)], IDS);
      logs.append(1, [entry(1), entry(9), entry(3)], IDS);
      expect(pageOf(logs, {}).logs).toHaveLength(3);
      const added = logs.append(1, [entry(4), entry(5)], IDS);
      expect(added).toHaveLength(1);
      const page = pageOf(logs, {});
      expect(page.logs.at(-1)).toMatchObject({ level: 'WARN', step_id: null, metadata: { truncated: true } });
      expect(page.pagination.total_entries).toBe(4);
      expect(logs.append(1, [entry(6)], IDS)).toEqual([]);
      expect(pageOf(logs, {}).logs).toHaveLength(4);
    }, limits),
  );
});

it('counts the bytes of UTF-8, of messages and metadata', () =>
  withLogs((logs, sql) => {
    logs.append(1, [entry(1, { message: 'aä€😀', metadata: { key: 'ü' } })], IDS);
    expect(sql.exec('SELECT bytes FROM log_totals').one()).toEqual({ bytes: ENTRY_BYTES + 10 + 12 });
  }));

describe('a page of large entries', () => {
  it('ends early and goes on by cursor', () =>
    withLogs((logs) => {
      const message = 'x'.repeat(LIMITS.logMessageBytes);
      logs.append(
        1,
        Array.from({ length: 300 }, (_, n) => entry(n, { message })),
        IDS,
      );
      const first = pageOf(logs, { limit: 10_000 });
      expect(first.pagination).toMatchObject({ total_entries: 300, has_more: true });
      expect(first.logs.length).toBeLessThan(200);
      let count = 0;
      for (let page = first; ; page = pageOf(logs, { limit: 10_000, cursor: page.pagination.next_cursor ?? '' })) {
        count += page.logs.length;
        if (!page.pagination.has_more) break;
      }
      expect(count).toBe(300);
    }));
});

describe('logs of an execution', () => {
  it('arrive with its updates and are read by page', async () => {
    const { id, execution } = await created();
    await execution.ingest(batch(id, [], { logs: [entry(1), entry(2)] }));
    await execution.ingest(batch(id, [], { logs: [entry(2), entry(3)] }));
    const page = await execution.logs({ limit: 2 });
    if (page === null || page === 'bad_cursor') throw new Error('no page');
    expect(messages(page.logs)).toEqual(['message 1', 'message 2']);
    expect(page.logs[0]?.metadata).toEqual({
      correlation_id: 'req_1',
      trace_id: '0af7651916cd43dd8448eb211c80319c',
    });
    expect(await execution.logs({ cursor: page.pagination.next_cursor ?? '' })).toMatchObject({
      logs: [{ message: 'message 3' }],
      pagination: { total_entries: 3, returned_entries: 1, has_more: false },
    });
  });

  it('take no seq', async () => {
    const { id, execution } = await created();
    await execution.ingest(batch(id, [], { logs: [entry(1)] }));
    expect(await execution.get()).toMatchObject({ seq: 1 });
  });
});
