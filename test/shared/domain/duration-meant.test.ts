import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseDuration } from '../../../shared/domain/duration.ts';
import { durationMeant } from '../../../shared/domain/duration-meant.ts';

it.each<[unknown, string]>([
  [600, '600s'],
  [0.5, '500ms'],
  [1.5, '1500ms'],
  ['600', '600s'],
  [' 30s ', '30s'],
  ['30 s', '30s'],
  ['10 min', '10m'],
  ['10min', '10m'],
  ['1 Hour', '1h'],
  ['1 hour, 30 minutes', '1h30m'],
  ['2 hours and 5 seconds', '2h5s'],
  ['2 weeks', '14d'],
  ['250 milliseconds', '250ms'],
  ['1D', '1d'],
  ['pt30s', 'PT30S'],
])('reads %j as %s', (given, meant) => {
  expect(durationMeant(given)).toBe(meant);
});

it.each([0, -5, Number.NaN, 1e9, 1e30, '', '30s', 'soon', '5 parsecs', '1 hour later', '30s!', null, [], {}, true])(
  'has no suggestion for %j',
  (given) => {
    expect(durationMeant(given)).toBeNull();
  },
);

it('suggests durations alone, and never what was given', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.string(), fc.stringMatching(/^[0-9. ]{1,5}[a-z]{0,7}$/)), (given) => {
      const meant = durationMeant(given);
      if (meant === null) return;
      expect(parseDuration(meant)).not.toBeNull();
      expect(meant).not.toBe(given);
    }),
  );
});
