import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { longSleep } from '../../worker-node/long-sleep.ts';

const DAY_MS = 86_400_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it.each([0, 1, 24 * DAY_MS, 2 ** 31 - 1, 2 ** 31, 30 * DAY_MS, 365 * DAY_MS])('lasts %d ms and no less', async (ms) => {
  const woke = vi.fn();
  longSleep(ms, new AbortController().signal).then(woke);
  await vi.advanceTimersByTimeAsync(Math.max(0, ms - 1));
  expect(woke).toHaveBeenCalledTimes(ms === 0 ? 1 : 0);
  await vi.advanceTimersByTimeAsync(1);
  expect(woke).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});

it('ends with the reason of the abort, before or after its timer was set again', async () => {
  const abort = new AbortController();
  const asleep = longSleep(365 * DAY_MS, abort.signal);
  const woke = expect(asleep).rejects.toBe('enough');
  await vi.advanceTimersByTimeAsync(100 * DAY_MS);
  abort.abort('enough');
  await woke;
  await expect(longSleep(1, abort.signal)).rejects.toBe('enough');
  expect(vi.getTimerCount()).toBe(0);
});
