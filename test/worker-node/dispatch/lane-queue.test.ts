import { expect, it, vi } from 'vitest';
import { createLaneQueue } from '../../../worker-node/dispatch/lane-queue.ts';
import { createSegment, type Segment } from '../../../worker-node/dispatch/segment.ts';
import { progress } from './fixtures.ts';

const LIMITS = { batches: 10, segments: 10, bytes: 1_000_000 };

const segment = (n: number): Segment =>
  createSegment({ executionId: 'exec_a', attempt: 1, updates: [progress(n)], logs: [] });

/** Two segments in a request, the first of which is abandoned then, and one behind them. */
function setUp() {
  const queue = createLaneQueue(vi.fn());
  const [given, kept, behind] = [segment(0), segment(1), segment(2)];
  queue.push(given);
  queue.push(kept);
  const [portion] = queue.take(LIMITS);
  if (!portion) throw new Error('nothing to send');
  queue.push(behind);
  expect(queue.abandon(given)).toBe(false);
  return { queue, portion, given, rest: [kept, behind] };
}

it.each(['putBack', 'putLast'] as const)('drops what was abandoned under way with %s', (how) => {
  const { queue, portion, given, rest } = setUp();
  expect(queue[how](portion)).toEqual([given]);
  expect(queue.take(LIMITS)[0]?.segments).toEqual(rest);
});

it('drops what was abandoned under way when its attempt rests', () => {
  const { queue, portion, given, rest } = setUp();
  expect(queue.rest(portion, () => 60_000)).toEqual([given]);
  expect(queue.close()).toEqual(rest);
});

it('answers what was abandoned under way with the rest of its portion when it is taken', () => {
  const { queue, portion, rest } = setUp();
  expect(queue.remove(portion)).toHaveLength(2);
  expect(queue.take(LIMITS)[0]?.segments).toEqual(rest.slice(1));
});

it.each(['putBack', 'putLast'] as const)('forgets an attempt of which nothing is left after %s', (how) => {
  const queue = createLaneQueue(vi.fn());
  const given = segment(0);
  queue.push(given);
  const [portion] = queue.take(LIMITS);
  if (!portion) throw new Error('nothing to send');
  queue.abandon(given);
  queue[how](portion);
  expect([queue.ready(), queue.close()]).toEqual([false, []]);
});

it('forgets an attempt of which nothing is left to rest', async () => {
  vi.useFakeTimers();
  const onReady = vi.fn();
  const queue = createLaneQueue(onReady);
  const given = segment(0);
  queue.push(given);
  const [portion] = queue.take(LIMITS);
  if (!portion) throw new Error('nothing to send');
  queue.abandon(given);
  queue.rest(portion, () => 10);
  await vi.advanceTimersByTimeAsync(20);
  vi.useRealTimers();
  expect(onReady).not.toHaveBeenCalled();
  expect(queue.ready()).toBe(false);
});
