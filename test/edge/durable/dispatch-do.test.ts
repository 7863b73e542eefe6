import { env, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { age, dispatchOf, reconcile, start, stop } from './commands.ts';
import { dispatchObject, newPool } from './executions.ts';
import { dial } from './sockets.ts';

describe('the alarm', () => {
  it('is tried again when it failed', async () => {
    const pool = newPool();
    const worker = await dial(pool);
    await dispatchOf(pool).enqueue([start('a')]);
    await worker.command();
    await age(pool, 60_000);
    await runInDurableObject(dispatchObject(pool), async (instance, { storage }) => {
      storage.sql.exec("CREATE TRIGGER full BEFORE UPDATE ON commands BEGIN SELECT RAISE(ABORT, 'full'); END");
      storage.sql.exec('UPDATE timers SET at = at - 60000');
      // The first alarm reads the table of timers anew.
      await instance.alarm?.();
      await instance.alarm?.();
      expect(await storage.getAlarm()).toBeGreaterThan(Date.now());
      storage.sql.exec('DROP TRIGGER full');
    });
    await runDurableObjectAlarm(dispatchObject(pool));
    expect(await worker.command()).toEqual(start('a'));
  });
});

describe('stop', () => {
  it('tells every worker to end the activities, besides the command in its turn', async () => {
    const pool = newPool();
    const workers = [await dial(pool, 'worker_1'), await dial(pool, 'worker_2')] as const;
    await dispatchOf(pool).enqueue([stop('a')]);
    const frames = [await workers[0].next(), await workers[1].next()];
    expect(frames).toEqual(Array(2).fill({ type: 'cancel', execution_id: 'a', attempt: 1, graceful: true }));
  });
});

describe('withdraw', () => {
  it('takes back a start that nobody holds, with all that waits behind it', async () => {
    const pool = newPool();
    await dispatchOf(pool).enqueue([start('a'), reconcile('a'), start('b')]);
    expect(await dispatchOf(pool).withdraw('a', 1)).toBe('withdrawn');
    expect(await dispatchOf(pool).withdraw('a', 1)).toBe('withdrawn');
    const worker = await dial(pool);
    expect(await worker.command()).toEqual(start('b'));
    expect(worker.waiting()).toEqual([]);
  });

  it('keeps a withdrawn start from coming back', async () => {
    const pool = newPool();
    await dispatchOf(pool).enqueue([start('a')]);
    await dispatchOf(pool).withdraw('a', 1);
    await dispatchOf(pool).enqueue([start('a'), start('a', 2)]);
    expect(await (await dial(pool)).command()).toEqual(start('a', 2));
  });

  it('says acked once the worker has started it', async () => {
    const pool = newPool();
    const worker = await dial(pool);
    await dispatchOf(pool).enqueue([start('a')]);
    await worker.command();
    expect(await dispatchOf(pool).withdraw('a', 1)).toBe('in_flight');
    worker.ack('a.1.start');
    await vi.waitFor(async () => expect(await dispatchOf(pool).withdraw('a', 1)).toBe('acked'));
  });

  it('says withdrawn once the worker refused it', async () => {
    const pool = newPool();
    const worker = await dial(pool);
    await dispatchOf(pool).enqueue([start('a')]);
    await worker.command();
    await dispatchOf(pool).withdraw('a', 1);
    worker.send({ type: 'nack', command_id: 'a.1.start', retry_after_ms: 0, detail: 'engine down' });
    await vi.waitFor(async () => expect(await dispatchOf(pool).withdraw('a', 1)).toBe('withdrawn'));
    expect(worker.waiting()).toEqual([]);
  });

  it('says withdrawn once the connection that held it is gone, and sends it to nobody else', async () => {
    const pool = newPool();
    const worker = await dial(pool);
    await dispatchOf(pool).enqueue([start('a')]);
    await worker.command();
    await dispatchOf(pool).withdraw('a', 1);
    await age(pool, 60_000);
    await runDurableObjectAlarm(dispatchObject(pool));
    expect(worker.waiting()).toEqual([]);
    worker.socket.close(1000, 'bye');
    await vi.waitFor(async () => expect(await dispatchOf(pool).withdraw('a', 1)).toBe('withdrawn'));
    const next = await dial(pool, 'worker_2');
    await dispatchOf(pool).enqueue([start('b')]);
    expect(await next.command()).toEqual(start('b'));
  });
});

describe('forget', () => {
  it('drops a start of an attempt that has begun, and lets the next command pass', async () => {
    const pool = newPool();
    await dispatchOf(pool).enqueue([start('a'), reconcile('a')]);
    await dispatchOf(pool).forget('a', 1);
    await dispatchOf(pool).forget('a', 1);
    expect(await (await dial(pool)).command()).toEqual(reconcile('a'));
  });
});

describe('the index of workers', () => {
  it('shows who is connected', async () => {
    const pool = newPool();
    const id = `worker_${pool}`;
    const isConnected = async () =>
      (await env.DB.prepare('SELECT connected FROM workers WHERE id = ?').bind(id).first<{ connected: number }>())
        ?.connected;
    await env.DB.prepare(
      `INSERT INTO workers (workspace_id, id, pool, connected, operations, capacity, temporal, last_seen_at)
       VALUES ('default', ?, ?, 0, '[]', '{}', '{}', '')`,
    )
      .bind(id, pool)
      .run();
    const worker = await dial(pool, id);
    await vi.waitFor(async () => expect(await isConnected()).toBe(1));
    worker.socket.close(1000, 'bye');
    await vi.waitFor(async () => expect(await isConnected()).toBe(0));
  });
});
