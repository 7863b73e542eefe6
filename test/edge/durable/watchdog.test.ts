import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { batch, created, executionObject, laterAlarm, newExecution, started, story } from './executions.ts';
import { dial } from './sockets.ts';

describe('the watchdog of an execution', () => {
  it('asks its worker when nobody mentioned it, with one question outstanding', async () => {
    const input = newExecution();
    const worker = await dial(input.pool);
    const { id, execution } = await created(input);
    await worker.command();
    worker.ack(`${id}.1.start`);
    await execution.ingest(batch(id, [started()]));
    await laterAlarm(id, 60_000);
    expect(await worker.command()).toMatchObject({ type: 'reconcile', execution_id: id });
    await laterAlarm(id, 120_000);
    expect(worker.waiting()).toEqual([]);
    worker.ack(`${id}.1.reconcile`);
    await laterAlarm(id, 600_000);
    expect(await worker.command()).toMatchObject({ type: 'reconcile', execution_id: id });
  });

  it('asks less and less often while the answers say nothing new', async () => {
    const { id, execution } = await created(newExecution());
    const unanswered = () =>
      runInDurableObject(
        executionObject(id),
        (_instance, { storage }) =>
          storage.sql.exec<{ count: number }>("SELECT count FROM timers WHERE name = 'watchdog'").one().count,
      );
    await execution.ingest(batch(id, [started()]));
    await laterAlarm(id, 60_000);
    await vi.waitFor(async () => expect(await unanswered()).toBe(1));
    await execution.ingest(batch(id, [started()]));
    expect(await unanswered()).toBe(1);
    await execution.ingest(batch(id, story(2).slice(0, 3)));
    expect(await unanswered()).toBe(0);
  });

  it('asks later when its alarm failed', async () => {
    const input = newExecution();
    const worker = await dial(input.pool);
    const { id, execution } = await created(input);
    await worker.command();
    worker.ack(`${id}.1.start`);
    await execution.ingest(batch(id, [started()]));
    await runInDurableObject(executionObject(id), async (instance, { storage }) => {
      storage.sql.exec("CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END");
      storage.sql.exec('UPDATE timers SET at = at - 60000');
      // The first alarm reads the table anew, the second one fails.
      await instance.alarm?.();
      await instance.alarm?.();
      expect(await storage.getAlarm()).toBeGreaterThan(Date.now());
      storage.sql.exec('DROP TRIGGER full');
    });
    await runDurableObjectAlarm(executionObject(id));
    expect(await worker.command()).toMatchObject({ type: 'reconcile', execution_id: id });
  });

  it('is content with a sign of life', async () => {
    const input = newExecution();
    const { id, execution } = await created(input);
    const due = () =>
      runInDurableObject(executionObject(id), (_instance, { storage }) =>
        storage.sql.exec("SELECT at FROM timers WHERE name = 'watchdog'").one(),
      );
    const quiet = Date.now() + 3_600_000;
    await execution.living(1, new Date(quiet).toISOString());
    expect(await due()).toEqual({ at: quiet + 30_000 });
    await execution.living(2, null);
    expect(await due()).toEqual({ at: quiet + 30_000 });
  });

  it('rests once the execution has ended, and no alarm is left', async () => {
    const { id, execution } = await created();
    await execution.ingest(
      batch(id, [
        started(),
        {
          type: 'closed',
          status: 'failed',
          at: '2026-01-01T00:00:01.000Z',
          error: { code: 'ENGINE_TERMINATED', message: 'terminated', step_id: null },
        },
      ]),
    );
    expect(await execution.get()).toMatchObject({ status: 'failed', error: { code: 'ENGINE_TERMINATED' } });
    await vi.waitFor(async () =>
      expect(await runInDurableObject(executionObject(id), (_instance, { storage }) => storage.getAlarm())).toBeNull(),
    );
  });
});
