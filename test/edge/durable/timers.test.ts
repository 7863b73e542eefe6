import { env, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { createWatchdog } from '../../../edge/durable/execution/watchdog.ts';
import { createTimers, TIMERS_SCHEMA } from '../../../edge/durable/timers.ts';

const FUTURE = 4_000_000_000_000;

let objects = 0;

function withStorage(test: (storage: DurableObjectStorage) => void | Promise<void>): Promise<void> {
  const object = env.EXECUTIONS.getByName(`test/timers-${objects++}`);
  return runInDurableObject(object, (_instance, { storage }) => {
    storage.sql.exec(TIMERS_SCHEMA);
    return test(storage);
  });
}

describe('timers', () => {
  it('keep the alarm at the earliest of them', () =>
    withStorage(async (storage) => {
      const timers = createTimers<'a' | 'b'>(storage);
      timers.set('a', FUTURE + 100);
      timers.set('b', FUTURE + 50);
      expect(await storage.getAlarm()).toBe(FUTURE + 50);
      timers.clear('b');
      expect(await storage.getAlarm()).toBe(FUTURE + 100);
      timers.clear('a');
      expect(await storage.getAlarm()).toBeNull();
    }));

  it('move earlier but not later by ensure', () =>
    withStorage((storage) => {
      const timers = createTimers<'a'>(storage);
      timers.ensure('a', FUTURE);
      timers.ensure('a', FUTURE + 10);
      expect(timers.get('a')).toEqual({ at: FUTURE, count: 0 });
      timers.ensure('a', FUTURE - 10);
      expect(timers.get('a')).toEqual({ at: FUTURE - 10, count: 0 });
    }));

  it('are handed out once when due, with their count', () =>
    withStorage((storage) => {
      const timers = createTimers<'a' | 'b'>(storage);
      timers.set('a', FUTURE, 3);
      timers.set('b', FUTURE + 1);
      expect(timers.takeDue(FUTURE)).toEqual([{ name: 'a', count: 3 }]);
      expect(timers.takeDue(FUTURE)).toEqual([]);
      expect(timers.get('b')).not.toBeNull();
    }));

  it('survive in the database, and set the alarm again after it was lost', () =>
    withStorage(async (storage) => {
      createTimers<'a'>(storage).set('a', FUTURE, 2);
      await storage.deleteAlarm();
      const timers = createTimers<'a'>(storage);
      expect(timers.get('a')).toEqual({ at: FUTURE, count: 2 });
      timers.rearm();
      expect(await storage.getAlarm()).toBe(FUTURE);
      timers.rearm(FUTURE + 5);
      expect(await storage.getAlarm()).toBe(FUTURE + 5);
    }));
});

describe('the watchdog', () => {
  it('barks 30 s after the last mention, within a slack that saves writes', () =>
    withStorage((storage) => {
      const timers = createTimers<'watchdog'>(storage);
      const watchdog = createWatchdog(timers);
      watchdog.mention(FUTURE, null);
      expect(timers.get('watchdog')?.at).toBe(FUTURE + 30_000);
      watchdog.mention(FUTURE + 15_000, null);
      expect(timers.get('watchdog')?.at).toBe(FUTURE + 30_000);
      watchdog.mention(FUTURE + 15_001, null);
      expect(timers.get('watchdog')?.at).toBe(FUTURE + 45_001);
    }));

  it('is quiet as long as the worker announced, until it is mentioned otherwise', () =>
    withStorage((storage) => {
      const timers = createTimers<'watchdog'>(storage);
      const watchdog = createWatchdog(timers);
      watchdog.mention(FUTURE, FUTURE + 3_600_000);
      expect(timers.get('watchdog')?.at).toBe(FUTURE + 3_630_000);
      watchdog.mention(FUTURE + 1, null);
      expect(timers.get('watchdog')?.at).toBe(FUTURE + 30_001);
    }));

  it('asks ever more rarely, up to 10 min, until somebody answers', () =>
    withStorage((storage) => {
      const timers = createTimers<'watchdog'>(storage);
      const watchdog = createWatchdog(timers);
      const pauses: number[] = [];
      let now = FUTURE;
      for (let unanswered = 0; unanswered < 7; unanswered++) {
        watchdog.bark(now, unanswered);
        const timer = timers.get('watchdog');
        pauses.push((timer?.at ?? 0) - now);
        expect(timer?.count).toBe(unanswered + 1);
        now = timer?.at ?? now;
      }
      expect(pauses).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
      watchdog.mention(now, null);
      expect(timers.get('watchdog')).toEqual({ at: now + 30_000, count: 0 });
    }));
});
