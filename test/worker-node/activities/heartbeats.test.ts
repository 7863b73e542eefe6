import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHeartbeats } from '../../../worker-node/activities/heartbeats.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what a heartbeat carries goes out at once, and again with each: the engine forgets what the last one leaves out', () => {
  const sent: unknown[] = [];
  const heartbeat = createHeartbeats().start({ heartbeat: (details) => sent.push(details) });
  vi.advanceTimersToNextTimer();
  heartbeat.carry({ handle: 'job-1' });
  vi.advanceTimersToNextTimer();
  expect(sent).toEqual([undefined, { handle: 'job-1' }, { handle: 'job-1' }]);
});

test('nothing is sent for an activity that has ended', () => {
  const sent: unknown[] = [];
  const heartbeat = createHeartbeats().start({ heartbeat: (details) => sent.push(details) });
  heartbeat.stop();
  heartbeat.carry({ handle: 'job-1' });
  expect(vi.getTimerCount()).toBe(0);
  expect(sent).toEqual([]);
});
