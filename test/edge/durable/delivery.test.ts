import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { age, dispatchOf, reconcile, start } from './commands.ts';
import { dispatchObject, newPool } from './executions.ts';
import { dial } from './sockets.ts';

/** Resolves with the answer to a ping. */
function ping({ socket }: { socket: WebSocket }): Promise<unknown> {
  const pong = new Promise((resolve) => {
    socket.addEventListener('message', ({ data }) => data === 'pong' && resolve(data), { once: true });
  });
  socket.send('ping');
  return pong;
}

/** As if the connections of now were a minute old. */
const dialledLongAgo = (pool: string) =>
  runInDurableObject(dispatchObject(pool), (_instance, state) => {
    for (const socket of state.getWebSockets()) {
      const attachment = socket.deserializeAttachment();
      socket.serializeAttachment({ ...attachment, since: attachment.since - 60_000 });
    }
  });

describe('delivery', () => {
  it('greets a worker with the number of shards', async () => {
    expect((await dial(newPool())).welcome).toEqual({ type: 'welcome', shards: 1 });
  });

  it('sends a command to the worker that is there, and says how many there are', async () => {
    const pool = newPool();
    expect(await dispatchOf(pool).enqueue([reconcile('a')])).toEqual({ workers: 0 });
    const worker = await dial(pool);
    expect(await worker.command()).toEqual(reconcile('a'));
    expect(await dispatchOf(pool).enqueue([start('b')])).toEqual({ workers: 1 });
    expect(await worker.command()).toEqual(start('b'));
  });

  it('keeps the order per execution, one in flight at a time, and lets other executions pass', async () => {
    const pool = newPool();
    const worker = await dial(pool);
    await dispatchOf(pool).enqueue([start('a'), reconcile('a'), start('b')]);
    expect(await worker.command()).toEqual(start('a'));
    expect(await worker.command()).toEqual(start('b'));
    expect(worker.waiting()).toEqual([]);
    worker.ack('a.1.start');
    expect(await worker.command()).toEqual(reconcile('a'));
  });

  it('ignores a command that is in the queue already, and takes it anew after its acknowledgement', async () => {
    const pool = newPool();
    const worker = await dial(pool);
    await dispatchOf(pool).enqueue([reconcile('a')]);
    await dispatchOf(pool).enqueue([reconcile('a')]);
    await worker.command();
    worker.ack('a.1.reconcile');
    await dispatchOf(pool).enqueue([reconcile('b')]);
    expect(await worker.command()).toEqual(reconcile('b'));
    await dispatchOf(pool).enqueue([reconcile('a')]);
    expect(await worker.command()).toEqual(reconcile('a'));
  });

  it('hands what a lost connection held to the next worker', async () => {
    const pool = newPool();
    const first = await dial(pool, 'worker_1');
    await dispatchOf(pool).enqueue([start('a'), start('b')]);
    await first.command();
    await first.command();
    first.ack('a.1.start');
    first.socket.close(1000, 'bye');
    await first.closed;
    const second = await dial(pool, 'worker_2');
    expect(await second.command()).toEqual(start('b'));
  });

  it('takes a worker that dials in again for the same one, and closes its old connection', async () => {
    const pool = newPool();
    const first = await dial(pool, 'worker_1');
    await dispatchOf(pool).enqueue([start('a')]);
    await first.command();
    const second = await dial(pool, 'worker_1');
    expect(await second.command()).toEqual(start('a'));
    expect((await first.closed).reason).toContain('dialled in again');
  });

  it('sends a command again that a live connection did not answer for 15 s', async () => {
    const pool = newPool();
    const worker = await dial(pool);
    await dispatchOf(pool).enqueue([start('a')]);
    await worker.command();
    await runDurableObjectAlarm(dispatchObject(pool));
    expect(worker.waiting()).toEqual([]);
    await age(pool, 15_000);
    await runDurableObjectAlarm(dispatchObject(pool));
    expect(await worker.command()).toEqual(start('a'));
  });

  it('sends a refused command again when its time has come', async () => {
    const pool = newPool();
    const worker = await dial(pool);
    await dispatchOf(pool).enqueue([start('a')]);
    await worker.command();
    worker.send({ type: 'nack', command_id: 'a.1.start', retry_after_ms: 60_000, detail: 'engine down' });
    await dispatchOf(pool).enqueue([start('b')]);
    expect(await worker.command()).toEqual(start('b'));
    await age(pool, 60_000);
    await runDurableObjectAlarm(dispatchObject(pool));
    expect(await worker.command()).toEqual(start('a'));
  });

  it('offers a refused command to another worker first', async () => {
    const pool = newPool();
    const workers = [await dial(pool, 'worker_1')];
    await dispatchOf(pool).enqueue([start('a')]);
    await workers[0]?.command();
    workers.push(await dial(pool, 'worker_2'));
    const refusal = { type: 'nack' as const, command_id: 'a.1.start', retry_after_ms: 0, detail: 'unreadable' };
    for (const round of [0, 1, 0]) {
      workers[round]?.send(refusal);
      expect(await workers[1 - round]?.command()).toEqual(start('a'));
    }
    expect(workers.flatMap((worker) => worker.waiting())).toEqual([]);
  });

  it('gives each command to the worker that holds least', async () => {
    const pool = newPool();
    const workers = [await dial(pool, 'worker_1'), await dial(pool, 'worker_2')] as const;
    await dispatchOf(pool).enqueue(['a', 'b', 'c', 'd'].map((id) => start(id)));
    for (const worker of workers) {
      await worker.command();
      await worker.command();
      expect(worker.waiting()).toEqual([]);
    }
  });

  it('holds back what is beyond 256 commands in flight, and goes on with each acknowledgement', async () => {
    const pool = newPool();
    const worker = await dial(pool);
    await dispatchOf(pool).enqueue(Array.from({ length: 300 }, (_, i) => start(`e${i}`)));
    for (let i = 0; i < 256; i++) await worker.command();
    expect(worker.waiting()).toEqual([]);
    worker.ack('e7.1.start');
    expect((await worker.command()).id).toBe('e256.1.start');
  });

  it('goes on after an eviction, with the same connection', async () => {
    const pool = newPool();
    const worker = await dial(pool);
    await dispatchOf(pool).enqueue([start('a'), reconcile('a')]);
    await worker.command();
    await evictDurableObject(dispatchObject(pool));
    worker.ack('a.1.start');
    expect(await worker.command()).toEqual(reconcile('a'));
  });

  it('delivers what was in flight when the object and its connections were lost', async () => {
    const pool = newPool();
    const worker = await dial(pool);
    await dispatchOf(pool).enqueue([start('a')]);
    await worker.command();
    await evictDurableObject(dispatchObject(pool), { webSockets: 'close' });
    expect(await (await dial(pool, 'worker_2')).command()).toEqual(start('a'));
  });

  it('keeps a command that is larger than a row', async () => {
    const pool = newPool();
    const command = start('a');
    if (command.type === 'start') command.payload.context.parameters = { text: 'ü'.repeat(1_500_000) };
    await dispatchOf(pool).enqueue([command]);
    expect(await (await dial(pool)).command()).toEqual(command);
  });

  it('closes a connection that sends what no worker says', async () => {
    const worker = await dial(newPool());
    worker.socket.send('{"type":"sudo"}');
    expect((await worker.closed).code).toBe(1008);
  });

  it('answers ping by pong without waking up', async () => {
    expect(await ping(await dial(newPool()))).toBe('pong');
  });

  it('takes a worker that is silent for 14 s for gone, and gives what it held to another', async () => {
    const pool = newPool();
    const silent = await dial(pool, 'worker_1');
    await dispatchOf(pool).enqueue([start('a')]);
    await silent.command();
    await dialledLongAgo(pool);
    const other = await dial(pool, 'worker_2');
    expect(await dispatchOf(pool).enqueue([start('b')])).toEqual({ workers: 1 });
    expect([await other.command(), await other.command()]).toEqual([start('a'), start('b')]);
    expect((await silent.closed).code).toBe(1001);
  });

  it('takes a start back that a silent worker holds', async () => {
    const pool = newPool();
    const silent = await dial(pool);
    const { execution_id, attempt } = start('a');
    await dispatchOf(pool).enqueue([start('a')]);
    await silent.command();
    expect(await dispatchOf(pool).withdraw(execution_id, attempt)).toBe('in_flight');
    await dialledLongAgo(pool);
    expect(await dispatchOf(pool).withdraw(execution_id, attempt)).toBe('withdrawn');
  });

  it('keeps a worker that pings, through an eviction too', async () => {
    const pool = newPool();
    const worker = await dial(pool);
    await ping(worker);
    await dialledLongAgo(pool);
    await evictDurableObject(dispatchObject(pool));
    expect(await dispatchOf(pool).enqueue([start('a')])).toEqual({ workers: 1 });
    expect(await worker.command()).toEqual(start('a'));
  });
});
