import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { decideRetry } from '../../../worker-node/workflows/decide-retry.ts';
import { mergeStop, TIMED_OUT, UNTOLD } from '../../../worker-node/workflows/stop-request.ts';

describe('the retry decision', () => {
  const policy = {
    max_attempts: 4,
    initial_interval_ms: 100,
    backoff_coefficient: 2,
    max_interval_ms: 300,
    non_retryable_errors: ['FATAL'],
  };
  const error = (code = 'X', retryable = true) => ({ code, message: '', retryable });

  test.each([
    [1, { again: true, delayMs: 100 }],
    [2, { again: true, delayMs: 200 }],
    [3, { again: true, delayMs: 300 }],
    [4, { again: false }],
  ])('after %i failed tries of 4 is %j', (failed, decision) => {
    expect(decideRetry(policy, { failed, lost: 9 }, { outcome: 'failed', error: error() })).toEqual(decision);
  });

  test.each([error('FATAL'), error('X', false)])('is no for %j', (fatal) => {
    expect(decideRetry(policy, { failed: 1, lost: 0 }, { outcome: 'failed', error: fatal })).toEqual({ again: false });
  });

  test.each([
    [1, true],
    [LIMITS.lostTries, true],
    [LIMITS.lostTries + 1, false],
  ])('after %i lost tries is %s, at once, whatever the policy says', (lost, again) => {
    const decision = decideRetry(
      { ...policy, max_attempts: 1 },
      { failed: 1, lost },
      { outcome: 'lost', error: error() },
    );
    expect(decision).toEqual(again ? { again: true, delayMs: 0 } : { again: false });
  });
});

describe('a stop request', () => {
  const asked = { reason: null, graceful: true, cleanup_resources: false, save_partial_results: false };

  test('that is repeated changes nothing', () => {
    const stop = mergeStop(null, asked);
    expect(mergeStop(stop, asked)).toEqual(stop);
  });

  test('that comes later can only take the grace away', () => {
    const stop = mergeStop(null, asked);
    const later = { ...asked, graceful: false, cleanup_resources: true, save_partial_results: true };
    expect(mergeStop(stop, later)).toEqual({ ...stop, graceful: false });
    expect(mergeStop(mergeStop(stop, later), asked)).toEqual({ ...stop, graceful: false });
  });

  test('says what is to be done after a try was cancelled without one', () => {
    expect(mergeStop(UNTOLD, asked)).toMatchObject({ status: 'stopped', cleanup_resources: false, told: true });
  });

  test('does not turn a timeout into a stop', () => {
    expect(mergeStop(TIMED_OUT, { ...asked, graceful: false })).toMatchObject({
      status: 'timed_out',
      cleanup_resources: true,
    });
  });
});
