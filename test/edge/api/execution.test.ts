import { env } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { executionStub } from '../../../edge/durable/stubs.ts';
import { DEFAULT_WORKSPACE } from '../../../edge/repositories/database.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { Execution } from '../../../shared/schemas/execution.ts';
import { LogEntry } from '../../../shared/schemas/log.ts';
import type { Update } from '../../../shared/schemas/update.ts';
import { rest } from './caller.ts';
import { at, execute, finish, ingest, result } from './pipeline.ts';

describe('an execution', () => {
  let id: string;
  beforeEach(async () => {
    id = (await execute()).body.data.execution_id;
  });

  it('is answered with its steps', async () => {
    const { status, body } = await rest('GET', `/v1/workflows/executions/${id}`);
    expect(status).toBe(200);
    expect(Execution.parse(body.data).step_details).toMatchObject([
      { id: 'a', status: 'pending', depends_on: [] },
      { id: 'b', status: 'pending', depends_on: ['a'] },
    ]);
  });

  it('is stopped, and stopping it again answers its state', async () => {
    const stop = (body: object) => rest('POST', `/v1/workflows/executions/${id}/stop`, { body });
    const hidden = await stop({ reason: 'a\u202eb' });
    expect(hidden.body.error.details).toMatchObject([{ path: 'reason' }]);
    const first = await stop({ reason: 'enough\n\tof it' });
    expect(first.status).toBe(202);
    expect(first.body.data).toMatchObject({ reason: 'enough\n\tof it', step_details: expect.any(Array) });
    expect((await stop({ reason: 'again' })).body.data.reason).toBe('enough\n\tof it');
  });

  it('answers its state when it is stopped after its end', async () => {
    await finish(id);
    const { status, body } = await rest('POST', `/v1/workflows/executions/${id}/stop`);
    expect(status).toBe(202);
    expect(body.data.status).toBe('completed');
  });

  it('lists its events after a sequence number', async () => {
    await finish(id);
    const all = await rest('GET', `/v1/workflows/executions/${id}/events`);
    const seqs = all.body.data.map((event: { seq: number }) => event.seq);
    expect(seqs).toEqual(seqs.map((_: number, i: number) => i + 1));
    const page = await rest('GET', `/v1/workflows/executions/${id}/events?after_seq=1&limit=1`);
    expect(page.body.data).toEqual([all.body.data[1]]);
    expect(page.body.pagination).toEqual({ limit: 1, has_next: true, next_after_seq: 2 });
    const end = await rest('GET', `/v1/workflows/executions/${id}/events?after_seq=${seqs.length}`);
    expect(end.body.data).toEqual([]);
    expect(end.body.pagination).toEqual({ limit: 100, has_next: false, next_after_seq: seqs.length });
  });

  it('answers the output of a step, and says when there is none', async () => {
    await ingest(id, [{ type: 'step_ended', result: result('a', 0, 4) }]);
    const output = (step: string) => rest('GET', `/v1/workflows/executions/${id}/outputs/${step}`);
    expect((await output('a')).body.data).toEqual({ execution_id: id, step_id: 'a', output: { step: 'a' } });
    for (const step of ['b', 'zz', '__proto__']) {
      const answer = await output(step);
      expect([answer.status, answer.body.error.code]).toEqual([404, 'OUTPUT_NOT_FOUND']);
    }
  });

  it('answers an output at the limit of size, whatever it takes as a value', async () => {
    const path = `${id}/1/a/1`;
    // Nine bytes each as a value, four as JSON.
    const json = `[${'0.5,'.repeat(LIMITS.outputBytes / 4 - 2)}0.5]`.padEnd(LIMITS.outputBytes);
    const output = { $ref: `output://${path}`, size: json.length, sha256: 'x' };
    await env.BLOBS.put(`outputs/${DEFAULT_WORKSPACE}/${path}`, json);
    await ingest(id, [{ type: 'step_ended', result: result('a', 0, 4, { output }) }]);
    const { status, body } = await rest('GET', `/v1/workflows/executions/${id}/outputs/a`);
    expect(status).toBe(200);
    expect(body.data.output).toHaveLength(LIMITS.outputBytes / 4 - 1);
  });

  it('answers its log, filtered', async () => {
    const line = (n: number, level: 'DEBUG' | 'INFO' | 'ERROR', step_id: string | null) => ({
      source: `${step_id ?? 'run'}/1`,
      n,
      timestamp: at(n),
      level,
      step_id,
      plugin: step_id && 'core',
      message: `line ${n}`,
      metadata: {},
    });
    const logs = [line(1, 'DEBUG', 'a'), line(2, 'INFO', null), line(3, 'ERROR', 'a'), line(4, 'INFO', 'b')];
    await executionStub(env.EXECUTIONS, DEFAULT_WORKSPACE, id).ingest({
      execution_id: id,
      attempt: 1,
      updates: [],
      logs,
    });
    const read = async (query: string) => {
      const { status, body } = await rest('GET', `/v1/workflows/executions/${id}/logs${query}`);
      expect(status).toBe(200);
      return { ...body.data, lines: body.data.logs.map((entry: LogEntry) => entry.message) };
    };
    const all = await read('');
    expect(all.logs.map((entry: unknown) => LogEntry.strict().parse(entry))).toHaveLength(4);
    expect(all.pagination).toEqual({ total_entries: 4, returned_entries: 4, has_more: false, next_cursor: null });
    expect(all.logs[0].metadata).toMatchObject({
      correlation_id: expect.any(String),
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect((await read('?level=INFO')).lines).toEqual(['line 2', 'line 3', 'line 4']);
    expect((await read('?step_id=a')).lines).toEqual(['line 1', 'line 3']);
    expect((await read(`?start_time=${at(2)}&end_time=${at(4)}`)).lines).toEqual(['line 2', 'line 3']);
    expect((await read(`?start_time=${encodeURIComponent('2030-01-01T01:00:03+01:00')}`)).lines).toEqual([
      'line 3',
      'line 4',
    ]);
    expect((await read('?start_time=2030-01-01&end_time=2030-01-02')).lines).toHaveLength(4);
    expect((await read('?start_time=2030-01-02')).lines).toEqual([]);
    expect((await read('?end_time=2029-12-31T23:00:02-0100')).lines).toEqual(['line 1']);
    const first = await read('?limit=3');
    expect(first.pagination).toMatchObject({ total_entries: 4, returned_entries: 3, has_more: true });
    expect((await read(`?limit=3&cursor=${encodeURIComponent(first.pagination.next_cursor)}`)).lines).toEqual([
      'line 4',
    ]);
  });

  it('answers pages at their limits', async () => {
    const last = <T>(items: T[]) => items.at(-1);
    const logs = Array.from({ length: LIMITS.logPage + 1 }, (_, n) => ({
      ...{ source: 'run/1', n, timestamp: at(n), level: 'INFO' as const, step_id: null, plugin: null },
      ...{ message: `line ${n}`, metadata: {} },
    }));
    const updates = Array.from({ length: 1_000 }, (_, n): Update => {
      const progress = { current_operation: `row ${n}`, percentage: 0 };
      return { type: 'step_progress', step_id: 'a', try: 1, n, progress };
    });
    const execution = executionStub(env.EXECUTIONS, DEFAULT_WORKSPACE, id);
    await execution.ingest({ execution_id: id, attempt: 1, updates, logs });
    const get = async (path: string) => (await rest('GET', `/v1/workflows/executions/${id}/${path}`)).body;
    const log = (await get(`logs?limit=${LIMITS.logPage}`)).data;
    expect(log.pagination).toMatchObject({ returned_entries: LIMITS.logPage, has_more: true });
    expect(last<LogEntry>(log.logs)?.message).toBe(`line ${LIMITS.logPage - 1}`);
    const behind = (await get(`logs?limit=${LIMITS.logPage}&cursor=${log.pagination.next_cursor}`)).data;
    expect(behind.logs.map((entry: LogEntry) => entry.message)).toEqual([`line ${LIMITS.logPage}`]);
    const events = await get('events?limit=1000');
    expect(events.data).toHaveLength(1_000);
    expect(events.pagination).toEqual({ limit: 1_000, has_next: true, next_after_seq: 1_000 });
    expect((await get('events?limit=1000&after_seq=1000')).pagination).toMatchObject({ has_next: false });
  });

  it.each([
    ['logs?limit=10001', 'limit'],
    ['logs?level=info', 'level'],
    ['logs?start_time=yesterday', 'start_time'],
    ['logs?cursor=nonsense', 'cursor'],
    ['events?after_seq=-1', 'after_seq'],
    ['events?limit=1001', 'limit'],
    ['events?after=1', 'after'],
  ])('refuses %s', async (path, field) => {
    const { status, body } = await rest('GET', `/v1/workflows/executions/${id}/${path}`);
    expect(status).toBe(400);
    expect(body.error.details[0].path).toBe(field);
  });

  it.each([
    ['GET', ''],
    ['POST', '/stop'],
    ['GET', '/logs'],
    ['GET', '/events'],
    ['GET', '/outputs/a'],
  ])('that does not exist is not found by %s %s', async (method, path) => {
    for (const unknown of ['exec_0000000000', 'nope', '..%2f..', '%00']) {
      const { status, body } = await rest(method, `/v1/workflows/executions/${unknown}${path}`);
      expect([status, body.error.code]).toEqual([404, 'EXECUTION_NOT_FOUND']);
    }
  });
});
