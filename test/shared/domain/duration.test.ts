import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_DURATION_MS, parseDuration } from '../../../shared/domain/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['250ms', 250],
    ['1ms', 1],
    ['30s', 30_000],
    ['1m', 60_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1_500],
    ['7d', 604_800_000],
    ['365d', MAX_DURATION_MS],
    ['PT30S', 30_000],
    ['PT15M', 900_000],
    ['P1DT2H', 93_600_000],
    ['P1W', 604_800_000],
    ['PT0.5S', 500],
  ])('reads %j as %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    '0s',
    '0ms',
    '0.1ms',
    '-1s',
    '30',
    '1 m',
    '1M',
    '1y',
    's',
    'PT',
    'P',
    'P1DT',
    'P1M',
    'P1Y',
    'pt30s',
    '366d',
    '1e3s',
    '１s',
    'constructor',
    '1s'.repeat(40),
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it('never answers anything but null or whole milliseconds within the limits', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9.]{0,4}(ms|s|m|h|d|P|T|W)[0-9.a-zPT]{0,6}$/), (text) => {
        const ms = parseDuration(text);
        expect(ms === null || (Number.isInteger(ms) && ms >= 1 && ms <= MAX_DURATION_MS)).toBe(true);
      }),
    );
  });
});
