import { describe, expect, it, vi } from 'vitest';
import { askToWait } from '../../../worker-node/activities/ask-to-wait.ts';
import type { Try } from '../../../worker-node/activities/try.ts';

/** What a try lets go of when it has been given up, and what it logs. */
function setUp() {
  const [disown, discard, log] = [vi.fn(), vi.fn(async () => undefined), vi.fn()];
  const of = { control: { disown }, artifacts: { discard }, reporter: { log } } as unknown as Pick<
    Try,
    'control' | 'artifacts' | 'reporter'
  >;
  return { of, disown, discard, messages: () => log.mock.calls.map(([, message]) => message) };
}

describe('a try that stores what its work has left', () => {
  it('goes on when its run waits', async () => {
    const { of, disown, discard, messages } = setUp();
    await askToWait(async () => true, of, new AbortController().signal);
    expect([disown.mock.calls, discard.mock.calls, messages()]).toEqual([[], [], []]);
  });

  it('keeps nothing, and says so, when its run has ended or given it up', async () => {
    const { of, disown, discard, messages } = setUp();
    await askToWait(async () => false, of, new AbortController().signal);
    expect(disown).toHaveBeenCalledOnce();
    expect(discard).toHaveBeenCalledOnce();
    expect(messages()).toEqual([expect.stringContaining('is not kept')]);
  });

  it('asks until it is answered, and complains once', async () => {
    const { of, disown, messages } = setUp();
    let times = 0;
    const ask = async () => {
      if (++times < 3) throw new Error('no connection');
      return true;
    };
    await askToWait(ask, of, new AbortController().signal);
    expect(times).toBe(3);
    expect(disown).not.toHaveBeenCalled();
    expect(messages()).toEqual([expect.stringContaining('no connection')]);
  });

  it('asks no more once it is over, whatever is answered then', async () => {
    const { of, disown } = setUp();
    const over = new AbortController();
    const ask = async () => {
      over.abort();
      return false;
    };
    await askToWait(ask, of, over.signal);
    expect(disown).not.toHaveBeenCalled();
  });
});
