import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { core } from '../../../../worker-node/plugins/core/plugin.ts';
import { PluginError } from '../../../../worker-node/plugins/define-plugin.ts';
import { mapUnexpected } from '../../../../worker-node/plugins/map-unexpected.ts';
import { operationOf, runOperation } from '../run-operation.ts';

const echo = operationOf(core, 'echo');
const fail = operationOf(core, 'fail');
const sleep = operationOf(core, 'sleep');
const transform = operationOf(core, 'transform');

describe('core.echo', () => {
  it('answers its config as it is', async () => {
    const config = { delay: '1ms', nested: { list: [1, null, 'x'] } };
    expect(await runOperation(echo, config)).toEqual(config);
  });

  it('ends with the reason of the abort, not after its delay', async () => {
    const abort = new AbortController();
    const running = runOperation(echo, { delay: '30d' }, { signal: abort.signal });
    const reason = new PluginError({ code: 'CANCELLED', message: 'stopped', retryable: false });
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  it('answers after 30 days when its delay says so', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const running = runOperation(echo, { delay: '30d' });
    while (vi.getTimerCount() === 0) await setImmediate();
    await vi.advanceTimersByTimeAsync(30 * 86_400_000 - 1);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await running).toEqual({ delay: '30d' });
  });

  it.each([5, '5', '-1s', ''])('refuses the delay %j', (delay) => {
    expect(echo.config.safeParse({ delay }).success).toBe(false);
  });
});

describe('core.fail', () => {
  it('fails in every try by default', async () => {
    await expect(runOperation(fail, {}, { try: 7 })).rejects.toMatchObject({ code: 'FAILED', retryable: true });
  });

  it('fails as its config says', async () => {
    const config = { code: 'OUT_OF_LUCK', message: 'none left', retryable: false };
    await expect(runOperation(fail, config)).rejects.toMatchObject(config);
  });

  it('completes after the given number of failed tries', async () => {
    await expect(runOperation(fail, { times: 2 }, { try: 2 })).rejects.toMatchObject({ code: 'FAILED' });
    expect(await runOperation(fail, { times: 2 }, { try: 3 })).toEqual({ try: 3 });
  });
});

describe('core.transform', () => {
  it.each([[{ auc: 0.9, ok: true }], [[1, 2]], ['text'], [null], [false]])('answers %j', async (value) => {
    expect(await runOperation(transform, { value })).toEqual(value);
  });

  it('requires a value', () => {
    expect(transform.config.safeParse({}).success).toBe(false);
  });
});

describe('core.sleep', () => {
  it('takes a duration and has nothing to run on a worker', () => {
    expect(sleep.config.safeParse({ duration: '1h' }).success).toBe(true);
    expect(sleep.config.safeParse({}).success).toBe(false);
    expect(sleep).not.toHaveProperty('run');
  });
});

describe('mapUnexpected', () => {
  it('keeps the message and allows a retry', () => {
    expect(mapUnexpected(new Error('disk full'))).toEqual({ code: 'INTERNAL', message: 'disk full', retryable: true });
    expect(mapUnexpected('odd')).toMatchObject({ message: 'odd' });
  });
});
