import { env, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import type { StopRequest } from '../../../edge/durable/execution-api.ts';
import { foldAll } from '../../../shared/domain/fold.ts';
import type { Update } from '../../../shared/schemas/update.ts';
import {
  at,
  batch,
  completed,
  created,
  executionObject,
  newExecution,
  result,
  started,
  stepEnded,
  stepStarted,
} from './executions.ts';
import { dial } from './sockets.ts';

describe('stop of a queued execution', () => {
  it('withdraws a start that no worker holds, at once', async () => {
    const { id, pool, execution } = await created();
    expect(await execution.stop({ reason: 'not needed' })).toMatchObject({ status: 'stopping', reason: 'not needed' });
    expect(await execution.awaitEnd(5_000)).toMatchObject({
      status: 'stopped',
      started_at: null,
      reason: 'not needed',
    });
    expect(await execution.ingest(batch(id, [started()]))).toBe('gone');
    const worker = await dial(pool);
    const other = await created(newExecution(1, { pool }));
    expect(await worker.command()).toMatchObject({ execution_id: other.id });
  });

  it('waits for the worker that holds the start, and stops the run when it has begun', async () => {
    const input = newExecution();
    const worker = await dial(input.pool);
    const { id, execution } = await created(input);
    expect(await worker.command()).toMatchObject({ type: 'start', execution_id: id });
    await execution.stop({ graceful: false });
    expect(await execution.get()).toMatchObject({ status: 'stopping' });
    worker.ack(`${id}.1.start`);
    expect(await worker.next()).toMatchObject({ type: 'cancel', execution_id: id, graceful: false });
    expect(await worker.command()).toMatchObject({ type: 'stop', payload: { graceful: false } });
  });

  it('ends when the worker that held the start vanishes, and sends a run that began all the same away', async () => {
    const input = newExecution();
    const worker = await dial(input.pool);
    const { id, execution } = await created(input);
    await worker.command();
    await execution.stop({});
    const end = execution.awaitEnd(10_000);
    worker.socket.close(1000, 'bye');
    expect(await end).toMatchObject({ status: 'stopped' });
    expect(await execution.ingest(batch(id, [started(), stepStarted('s0', 2)]))).toBe('gone');
    expect(await execution.get()).toMatchObject({ status: 'stopped', started_at: null });
  });

  it('ends before its first step when the run is first heard of after the stop', async () => {
    const input = newExecution();
    const worker = await dial(input.pool);
    const { id, execution } = await created(input);
    await worker.command();
    await execution.stop({ reason: 'too late' });
    const end = execution.awaitEnd(10_000);
    expect(await execution.ingest(batch(id, [started(), stepStarted('s0', 2)]))).toBe('gone');
    const stopped = await end;
    expect(stopped).toMatchObject({ status: 'stopped', reason: 'too late', started_at: null });
    expect(stopped?.step_details.map(({ tries, status }) => [status, tries])).toEqual([
      ['cancelled', 0],
      ['cancelled', 0],
    ]);
    expect(await execution.ingest(batch(id, [stepEnded('s0', 2, 3)]))).toBe('gone');
    expect(await execution.get()).toEqual(stopped);
  });

  it('goes on waiting when the worker only says that the start has to wait', async () => {
    const input = newExecution();
    const worker = await dial(input.pool);
    const { id, execution } = await created(input);
    await worker.command();
    await execution.stop({});
    const delayed: Update = { type: 'start_delayed', reason: 'engine_down', detail: 'no connection', at: at(1) };
    expect(await execution.ingest(batch(id, [delayed]))).toBe('ok');
    expect(await execution.get()).toMatchObject({ status: 'stopping' });
  });
});

describe('stop of a running execution', () => {
  async function running(request: StopRequest) {
    const input = newExecution();
    const worker = await dial(input.pool);
    const { id, execution } = await created(input);
    await worker.command();
    worker.ack(`${id}.1.start`);
    await execution.ingest(batch(id, [started(), stepStarted('s0', 2)]));
    await execution.stop(request);
    return { id, execution, worker };
  }

  it('tells the workers, once however often it is asked, and ends with the result', async () => {
    const { id, execution, worker } = await running({});
    await execution.stop({ reason: 'again' });
    expect(await worker.next()).toMatchObject({ type: 'cancel' });
    expect(await worker.command()).toMatchObject({ type: 'stop', payload: { graceful: true, reason: null } });
    expect(worker.waiting()).toEqual([]);
    await execution.ingest(batch(id, [result([], 'stopped')]));
    expect(await execution.stop({})).toMatchObject({ status: 'stopped' });
  });

  it('is logged when it is accepted, once, before what it ends', async () => {
    const { id, execution } = await running({ reason: 'enough' });
    await execution.stop({ reason: 'again', graceful: false });
    const source = { source: 's0/1', n: 0, level: 'INFO' as const, step_id: 's0', plugin: 'core', metadata: {} };
    const ended = { ...source, timestamp: new Date().toISOString(), message: 'Try 1 of step "s0" cancelled.' };
    await execution.ingest(batch(id, [], { logs: [ended] }));
    const page = await execution.logs({});
    expect(page).toMatchObject({
      logs: [
        { level: 'WARN', step_id: null, plugin: null, message: 'Stop requested: enough' },
        { step_id: 's0', message: ended.message },
      ],
    });
  });

  it('takes away the grace when it is asked again without', async () => {
    const { id, execution, worker } = await running({ graceful: true });
    await worker.next();
    await worker.command();
    worker.ack(`${id}.1.stop`);
    await execution.stop({ graceful: false });
    expect(await worker.next()).toMatchObject({ type: 'cancel', graceful: false });
    expect(await worker.command()).toMatchObject({ type: 'stop', payload: { graceful: false } });
  });

  it('removes outputs and artifacts when partial results are not to be kept', async () => {
    const { id, execution } = await running({ save_partial_results: false });
    const key = `outputs/default/${id}/1/s0/1`;
    await env.BLOBS.put(key, '{}');
    await execution.ingest(batch(id, [stepEnded('s0', 2, 8), result([completed('s0', 2, 8)], 'stopped')]));
    const { step_details, artifacts } = (await execution.get()) ?? {};
    expect(step_details?.[0]).toMatchObject({ status: 'completed', output: null });
    expect(artifacts).toEqual([]);
    await vi.waitFor(async () => expect(await env.BLOBS.head(key)).toBeNull());
  });

  it('removes them as well when the engine closed the run, from what events say too', async () => {
    const { id, execution } = await running({ save_partial_results: false });
    const key = `outputs/default/${id}/1/s1/1`;
    await env.BLOBS.put(key, '{}');
    const kept = {
      ...completed('s0', 2, 8),
      output: { secret: 'x'.repeat(600_000) },
      artifacts: ['artifact://secret'],
    };
    await execution.ingest(batch(id, [{ type: 'step_ended', result: kept }]));
    expect(JSON.stringify(await execution.events(0, 100))).toContain('secret');
    const before = await execution.get();
    await execution.ingest(
      batch(id, [
        { type: 'step_ended', result: { ...kept, step_id: 's1' } },
        { type: 'closed', status: 'stopped', at: '2026-01-01T00:00:01.000Z', error: null },
      ]),
    );
    const events = (await execution.events(0, 100))?.events ?? [];
    const after = await execution.get();
    expect(after).toMatchObject({ status: 'stopped', progress: { completed_steps: 2 }, artifacts: [] });
    expect(JSON.stringify([after, events])).not.toContain('secret');
    expect(before && foldAll(before, events)).toEqual(after);
    await vi.waitFor(async () => expect(await env.BLOBS.head(key)).toBeNull());
  });

  it('keeps them when the execution completed before the stop reached it', async () => {
    const { id, execution } = await running({ save_partial_results: false });
    await execution.ingest(batch(id, [result([completed('s0', 2, 8), completed('s1', 8, 9)])]));
    expect(await execution.get()).toMatchObject({
      status: 'completed',
      step_details: [{ output: { from: 's0' } }, { output: { from: 's1' } }],
    });
    const entries = await runInDurableObject(executionObject(id), (_instance, { storage }) =>
      storage.sql.exec("SELECT entry FROM outbox WHERE lane = 'blobs'").toArray(),
    );
    expect(entries).toEqual([]);
  });
});
