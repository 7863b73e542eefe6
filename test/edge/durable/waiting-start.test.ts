import { env, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { noWorkerConnected } from '../../../shared/domain/waiting-for.ts';
import { batch, created, laterAlarm, newExecution, started } from './executions.ts';
import { dial } from './sockets.ts';

describe('what workers say', () => {
  it('drops a start command whose acknowledgement was lost once the attempt has begun', async () => {
    const input = newExecution();
    const { id, execution } = await created(input);
    await execution.ingest(batch(id, [started()]));
    const commands = async () =>
      runInDurableObject(env.DISPATCH.getByName(`default/${input.pool}/0`), (_instance, { storage }) =>
        storage.sql.exec('SELECT id FROM commands').toArray(),
      );
    await vi.waitFor(async () => expect(await commands()).toEqual([]));
    const worker = await dial(input.pool);
    const other = await created(newExecution(1, { pool: input.pool }));
    expect(await worker.command()).toMatchObject({ execution_id: other.id });
  });

  it('keeps the start command of an execution that the engine could not take yet', async () => {
    const input = newExecution();
    const { id, execution } = await created(input);
    await execution.ingest(
      batch(id, [{ type: 'start_delayed', reason: 'engine_down', detail: 'connection refused', at: '' }]),
    );
    expect(await execution.get()).toMatchObject({ status: 'queued', waiting_for: { reason: 'engine_down' } });
    expect(await (await dial(input.pool)).command()).toMatchObject({ execution_id: id });
  });
});

describe('waiting_for', () => {
  it('says no_worker when the dispatcher has none, and nothing once it has', async () => {
    const lonely = await created(newExecution(1, { waiting_for: null }));
    await vi.waitFor(async () =>
      expect(await lonely.execution.get()).toMatchObject({ waiting_for: { reason: 'no_worker' } }),
    );
    const input = newExecution(1);
    await dial(input.pool);
    const { execution } = await created(input);
    await vi.waitFor(async () => expect(await execution.get()).toMatchObject({ waiting_for: null, seq: 2 }));
  });

  it('is corrected by the watchdog while the start waits, as workers come and go', async () => {
    const input = newExecution(1, { waiting_for: null });
    const worker = await dial(input.pool);
    const { id, execution } = await created(input);
    await worker.command();
    worker.socket.close(1000);
    await worker.closed;
    await laterAlarm(id, 60_000);
    const waitsFor = (waiting_for: object | null) =>
      vi.waitFor(async () => expect(await execution.get()).toMatchObject({ status: 'queued', waiting_for }));
    await waitsFor({ reason: 'no_worker' });
    const next = await dial(input.pool);
    await next.command();
    await laterAlarm(id, 120_000);
    await waitsFor(null);
  });

  it('keeps saying what the connected workers cannot read, until they are gone', async () => {
    const input = newExecution(1);
    const worker = await dial(input.pool);
    const { id, execution } = await created(input);
    const { id: command_id } = await worker.command();
    const unreadable = { reason: 'no_worker' as const, detail: 'the connected worker cannot read the start' };
    await execution.ingest(batch(id, [{ type: 'start_delayed', ...unreadable, at: '' }]));
    worker.send({ type: 'nack', command_id, retry_after_ms: 0, detail: unreadable.detail });
    await worker.command();
    await laterAlarm(id, 60_000);
    expect(await execution.get()).toMatchObject({ status: 'queued', waiting_for: unreadable });
    worker.socket.close(1000);
    await worker.closed;
    await laterAlarm(id, 120_000);
    await vi.waitFor(async () =>
      expect(await execution.get()).toMatchObject({ waiting_for: noWorkerConnected(input.pool) }),
    );
  });

  it('says no_worker rather than engine_down once nobody can tell', async () => {
    const { id, execution } = await created(newExecution(1));
    await execution.ingest(batch(id, [{ type: 'start_delayed', reason: 'engine_down', detail: 'refused', at: '' }]));
    await laterAlarm(id, 60_000);
    await vi.waitFor(async () => expect(await execution.get()).toMatchObject({ waiting_for: { reason: 'no_worker' } }));
  });
});
