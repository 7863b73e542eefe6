import { env, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import {
  createOutbox,
  OUTBOX_SCHEMA,
  type Outbox,
  type OutboxEntry,
  type SendResult,
} from '../../../edge/durable/execution/outbox.ts';

const INDEX: OutboxEntry = { lane: 'index', kind: 'index' };
const START: OutboxEntry = { lane: 'dispatch', kind: 'start' };
const STOP: OutboxEntry = { lane: 'dispatch', kind: 'stop', graceful: true };

let objects = 0;

interface World {
  outbox: Outbox;
  sent: OutboxEntry[];
  pending: number[];
  errors: unknown[];
  clock: { now: number };
}

/** An outbox on a real object's database; `send` stands for the receivers. */
function withOutbox(
  send: (entry: OutboxEntry, sent: OutboxEntry[]) => Promise<SendResult>,
  test: (world: World) => Promise<void>,
): Promise<void> {
  const object = env.EXECUTIONS.getByName(`test/outbox-${objects++}`);
  return runInDurableObject(object, async (_instance, { storage }) => {
    storage.sql.exec(OUTBOX_SCHEMA);
    const world = { sent: [] as OutboxEntry[], pending: [] as number[], errors: [] as unknown[], clock: { now: 0 } };
    const outbox = createOutbox(storage.sql, {
      async send(entry) {
        world.sent.push(entry);
        return send(entry, world.sent);
      },
      now: () => world.clock.now,
      onPending: (due) => world.pending.push(due),
      onError: (_entry, error) => world.errors.push(error),
    });
    await test({ ...world, outbox });
  });
}

describe('the outbox', () => {
  it('removes an entry once its receiver confirmed', () =>
    withOutbox(
      async () => 'done',
      async ({ outbox, sent }) => {
        outbox.add(START, 0);
        expect(outbox.nextDue()).toBe(0);
        await outbox.drainAll();
        await outbox.drainAll();
        expect(sent).toEqual([START]);
        expect(outbox.nextDue()).toBeNull();
      },
    ));

  it('keeps what failed and sends it again, later each time', () =>
    withOutbox(
      async (_entry, sent) => {
        if (sent.length < 4) throw new Error('receiver down');
        return 'done';
      },
      async ({ outbox, sent, pending, errors, clock }) => {
        outbox.add(START, 0);
        for (let i = 0; i < 4; i++) {
          await outbox.drain('dispatch');
          clock.now = outbox.nextDue() ?? clock.now;
        }
        expect(sent).toHaveLength(4);
        expect(errors).toHaveLength(3);
        expect(pending).toEqual([250, 750, 1_750]);
        expect(outbox.nextDue()).toBeNull();
      },
    ));

  it('waits as long as the receiver asks', () =>
    withOutbox(
      async () => 1_234,
      async ({ outbox, pending, sent }) => {
        outbox.add(STOP, 0);
        await outbox.drainAll();
        await outbox.drainAll();
        expect(pending).toEqual([1_234]);
        expect(sent).toHaveLength(1);
      },
    ));

  it('keeps the order within a lane while its first entry waits, and does not hold up other lanes', () =>
    withOutbox(
      async (entry) => (entry.kind === 'start' ? 5_000 : 'done'),
      async ({ outbox, sent }) => {
        outbox.add(START, 0);
        outbox.add(STOP, 0);
        outbox.add(INDEX, 0);
        await outbox.drainAll();
        expect(sent).not.toContainEqual(STOP);
        expect(sent).toContainEqual(INDEX);
        expect(outbox.nextDue()).toBe(5_000);
      },
    ));

  it('keeps an index entry that was added while an older one was under way', () =>
    withOutbox(
      async () => 'done',
      async ({ outbox, sent }) => {
        outbox.add(INDEX, 0);
        const first = outbox.drain('index');
        await Promise.resolve();
        outbox.add(INDEX, 0);
        await first;
        await outbox.drain('index');
        expect(sent).toEqual([INDEX, INDEX]);
        expect(outbox.nextDue()).toBeNull();
      },
    ));

  it('sends an entry once although two drains run at the same time', () =>
    withOutbox(
      () => new Promise((resolve) => setTimeout(() => resolve('done'), 1)),
      async ({ outbox, sent }) => {
        outbox.add(START, 0);
        await Promise.all([outbox.drainAll(), outbox.drainAll(), outbox.drain('dispatch')]);
        expect(sent).toEqual([START]);
      },
    ));
});
