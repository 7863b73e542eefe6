import { ActivityCancellationDetails } from '@temporalio/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTryControl } from '../../../worker-node/activities/try-control.ts';

const DAY_MS = 86_400_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A try, and what the engine does to its activity. */
function setUp() {
  const activity = new AbortController();
  const onOvertaken = vi.fn();
  const told: { details?: ActivityCancellationDetails } = {};
  const control = createTryControl(
    {
      cancellationSignal: activity.signal,
      get cancellationDetails() {
        return told.details;
      },
    },
    onOvertaken,
  );
  const cancel = (why: ConstructorParameters<typeof ActivityCancellationDetails>[0]) => {
    told.details = new ActivityCancellationDetails(why);
    activity.abort();
  };
  return { control, cancel, onOvertaken };
}

describe('a timeout', () => {
  it('of 30 days comes after 30 days', async () => {
    const { control } = setUp();
    control.startTimeout(30 * DAY_MS);
    await vi.advanceTimersByTimeAsync(30 * DAY_MS - 1);
    expect(control.aborted).toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect(control.aborted).toMatchObject({ outcome: 'failed', error: { code: 'TIMEOUT' } });
    control.dispose();
  });

  it('does not come once the work has ended', async () => {
    const { control } = setUp();
    control.startTimeout(1_000);
    control.workEnded();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(control.aborted).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('work that has ended', () => {
  it.each([
    ['a stop', { cancelRequested: true }],
    ['a lost lease', { notFound: true }],
  ])('is neither ended nor hurried by %s that is found later', async (_, why) => {
    const { control, cancel } = setUp();
    control.workEnded();
    cancel(why);
    control.abort('lost', false);
    await vi.advanceTimersByTimeAsync(DAY_MS);
    expect(control.aborted).toBeNull();
    for (const signal of [control.signal, control.killSignal, control.storingSignal])
      expect(signal.aborted).toBe(false);
    control.dispose();
  });

  it.each([
    ['before', true],
    ['after', false],
  ])('says once that a stop was found %s it told of its end', (_, first) => {
    const { control, cancel, onOvertaken } = setUp();
    if (first) cancel({ cancelRequested: true });
    control.workEnded();
    if (!first) cancel({ cancelRequested: true });
    control.abort('cancelled');
    expect(onOvertaken).toHaveBeenCalledOnce();
    control.dispose();
  });

  it('that nobody waits for any more is lost', async () => {
    const { control, cancel } = setUp();
    control.workEnded();
    cancel({ cancelRequested: true });
    const never = control.orAbandon(new Promise(() => undefined));
    control.disown();
    await expect(never).rejects.toMatchObject({ code: 'WORKER_LOST' });
    expect(control.aborted?.outcome).toBe('lost');
    expect(control.storingSignal.aborted).toBe(true);
  });

  it('counts also when what ends the try was found first, unless it has been given up', async () => {
    const { control } = setUp();
    control.abort('lost', false);
    control.workEnded();
    await vi.advanceTimersByTimeAsync(1);
    expect([control.aborted, control.killSignal.aborted]).toEqual([null, false]);
    control.dispose();

    const late = setUp().control;
    late.abort('lost', false);
    await vi.advanceTimersByTimeAsync(1);
    late.workEnded();
    expect(late.aborted?.outcome).toBe('lost');
    late.dispose();
  });
});

describe('a stop', () => {
  it('kills when the grace is over', async () => {
    const { control, cancel } = setUp();
    cancel({ cancelRequested: true });
    expect(control.aborted?.outcome).toBe('cancelled');
    await vi.advanceTimersByTimeAsync(control.graceMs - 1);
    expect(control.killSignal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(control.killSignal.reason).toBe(control.aborted?.error);
  });

  it('kills at once when it is repeated without grace', async () => {
    const { control } = setUp();
    control.abort('cancelled');
    control.abort('cancelled', false);
    await vi.advanceTimersByTimeAsync(1);
    expect(control.killSignal.aborted).toBe(true);
  });
});

describe('work that has ended after it was told to', () => {
  it('has time of its own for storing, however late in its grace it ends', async () => {
    const { control, cancel } = setUp();
    cancel({ cancelRequested: true });
    await vi.advanceTimersByTimeAsync(control.graceMs - 1);
    control.workStopped();
    const { storingSignal } = control;
    await vi.advanceTimersByTimeAsync(29_999);
    expect([control.killSignal.aborted, storingSignal.aborted]).toEqual([false, false]);
    await vi.advanceTimersByTimeAsync(1);
    expect([control.killSignal.aborted, storingSignal.aborted]).toEqual([false, true]);
    // Then for what is stored after that.
    control.workStopped();
    expect(control.storingSignal.aborted).toBe(false);
    control.dispose();
  });

  it('has it also when it had to be killed, and less once a second stop leaves it none', async () => {
    const { control } = setUp();
    control.abort('cancelled');
    await vi.advanceTimersByTimeAsync(control.graceMs);
    expect(control.killSignal.aborted).toBe(true);
    control.workStopped();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(control.storingSignal.aborted).toBe(false);
    control.abort('cancelled', false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(control.storingSignal.aborted).toBe(true);
    control.dispose();
  });

  it('is waited for a moment longer than the time it has, then no more', async () => {
    const { control } = setUp();
    const answer = Promise.withResolvers<string>();
    const stored = control.orAbandon(answer.promise);
    control.abort('cancelled');
    control.workStopped();
    control.storingSignal.addEventListener('abort', () => answer.resolve('what was stored'));
    await vi.advanceTimersByTimeAsync(31_000);
    expect(await stored).toBe('what was stored');

    const never = control.orAbandon(new Promise(() => undefined));
    await expect(never).rejects.toBe(control.aborted?.error);
    expect(control.abandoned).toBe(true);
  });
});

describe('a try that its worker', () => {
  it('gives up while it shuts down has its grace', () => {
    const { control, cancel } = setUp();
    cancel({ workerShutdown: true });
    expect(control.aborted?.outcome).toBe('lost');
    expect(control.graceMs).toBeGreaterThan(0);
    control.dispose();
  });

  it.each(['notFound', 'timedOut', 'reset', 'paused'])('no longer holds (%s) has none', async (why) => {
    const { control, cancel } = setUp();
    cancel({ [why]: true });
    expect(control.aborted?.outcome).toBe('lost');
    expect(control.graceMs).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(control.killSignal.aborted).toBe(true);
  });
});
