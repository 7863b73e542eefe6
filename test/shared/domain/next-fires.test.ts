import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextFires } from '../../../shared/domain/cron.ts';

const fires = (expression: string, from: string, { timezone = 'UTC', count = 3 } = {}) =>
  nextFires({ expression, timezone, from, count });

describe('nextFires', () => {
  it.each([
    [
      '0 2 * * *',
      '2026-01-15T01:59:59.999Z',
      ['2026-01-15T02:00:00.000Z', '2026-01-16T02:00:00.000Z', '2026-01-17T02:00:00.000Z'],
    ],
    [
      '0 2 * * *',
      '2026-01-15T02:00:00.000Z',
      ['2026-01-16T02:00:00.000Z', '2026-01-17T02:00:00.000Z', '2026-01-18T02:00:00.000Z'],
    ],
    [
      '0 2 * * *',
      '2026-01-15T02:00:00.001Z',
      ['2026-01-16T02:00:00.000Z', '2026-01-17T02:00:00.000Z', '2026-01-18T02:00:00.000Z'],
    ],
    [
      '*/20 * * * *',
      '2026-12-31T23:30:00Z',
      ['2026-12-31T23:40:00.000Z', '2027-01-01T00:00:00.000Z', '2027-01-01T00:20:00.000Z'],
    ],
    [
      '@monthly',
      '2026-01-31T00:00:00Z',
      ['2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'],
    ],
    [
      '0 0 29 2 *',
      '2026-01-01T00:00:00Z',
      ['2028-02-29T00:00:00.000Z', '2032-02-29T00:00:00.000Z', '2036-02-29T00:00:00.000Z'],
    ],
    [
      '0 0 31 * *',
      '2026-01-31T12:00:00Z',
      ['2026-03-31T00:00:00.000Z', '2026-05-31T00:00:00.000Z', '2026-07-31T00:00:00.000Z'],
    ],
    [
      '0 0 * * SAT-SUN',
      '2026-01-15T00:00:00Z',
      ['2026-01-17T00:00:00.000Z', '2026-01-18T00:00:00.000Z', '2026-01-24T00:00:00.000Z'],
    ],
    [
      '0 0 * * 0',
      '2026-01-15T00:00:00Z',
      ['2026-01-18T00:00:00.000Z', '2026-01-25T00:00:00.000Z', '2026-02-01T00:00:00.000Z'],
    ],
    [
      '0 0 * * 7',
      '2026-01-15T00:00:00Z',
      ['2026-01-18T00:00:00.000Z', '2026-01-25T00:00:00.000Z', '2026-02-01T00:00:00.000Z'],
    ],
    [
      '0 0 13 * 5',
      '2026-02-01T00:00:00Z',
      ['2026-02-06T00:00:00.000Z', '2026-02-13T00:00:00.000Z', '2026-02-20T00:00:00.000Z'],
    ],
    [
      '0 0 1 * 1',
      '2026-01-20T00:00:00Z',
      ['2026-01-26T00:00:00.000Z', '2026-02-01T00:00:00.000Z', '2026-02-02T00:00:00.000Z'],
    ],
    [
      '0 0 1-7 6 *',
      '2026-06-06T12:00:00Z',
      ['2026-06-07T00:00:00.000Z', '2027-06-01T00:00:00.000Z', '2027-06-02T00:00:00.000Z'],
    ],
    [
      '10-50/20 5 * * *',
      '2026-01-15T05:10:00Z',
      ['2026-01-15T05:30:00.000Z', '2026-01-15T05:50:00.000Z', '2026-01-16T05:10:00.000Z'],
    ],
  ])('of %s after %s', (expression, from, expected) => {
    expect(fires(expression, from)).toEqual(expected);
  });

  it('reads the clock of the zone', () => {
    expect(fires('0 2 * * *', '2026-07-01T00:00:00Z', { timezone: 'Asia/Kolkata', count: 1 })).toEqual([
      '2026-07-01T20:30:00.000Z',
    ]);
    expect(fires('0 2 * * *', '2026-07-01T00:00:00Z', { timezone: 'US/Eastern', count: 1 })).toEqual([
      '2026-07-01T06:00:00.000Z',
    ]);
  });

  it('is strictly after from, ascending, on whole minutes, and continues where it left off', () => {
    const zone = fc.constantFrom('UTC', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe');
    const expression = fc.constantFrom('*/7 * * * *', '30 1,2 * * *', '0 */5 * * 1', '15 2-3 1-10 * *', '@daily');
    const from = fc.date({ min: new Date('2025-01-01'), max: new Date('2027-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(expression, zone, from, (text, timezone, date) => {
        const options = { timezone, count: 4 };
        const all = fires(text, date.toISOString(), options);
        expect(all).toHaveLength(4);
        expect([date.toISOString(), ...all]).toEqual([...new Set([date.toISOString(), ...all])].sort());
        for (const fire of all) expect(fire).toMatch(/:00\.000Z$/);
        expect(fires(text, all[1] ?? '', options).slice(0, 2)).toEqual(all.slice(2));
      }),
      { numRuns: 60 },
    );
  });
});

// 2026: clocks go back on 1 November 02:00 (New York), 25 October 03:00 (Berlin), 5 April 02:00 by half an hour (Lord Howe).
describe('a time that the clock passes twice', () => {
  it.each([
    [
      '30 1 * * *',
      'America/New_York',
      '2026-11-01T00:00:00Z',
      ['2026-11-01T05:30:00.000Z', '2026-11-02T06:30:00.000Z'],
    ],
    [
      '0,30 1 * * *',
      'America/New_York',
      '2026-11-01T00:00:00Z',
      ['2026-11-01T05:00:00.000Z', '2026-11-01T05:30:00.000Z', '2026-11-02T06:00:00.000Z'],
    ],
    [
      '0 1-2 * * *',
      'America/New_York',
      '2026-11-01T00:00:00Z',
      ['2026-11-01T05:00:00.000Z', '2026-11-01T07:00:00.000Z', '2026-11-02T06:00:00.000Z'],
    ],
    [
      '10-50/20 1 * * *',
      'America/New_York',
      '2026-11-01T05:20:00Z',
      ['2026-11-01T05:30:00.000Z', '2026-11-01T05:50:00.000Z', '2026-11-02T06:10:00.000Z'],
    ],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T23:00:00Z', ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']],
    [
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2026-04-04T12:00:00Z',
      ['2026-04-04T14:45:00.000Z', '2026-04-05T15:15:00.000Z'],
    ],
  ])('fires once for %s in %s', (expression, timezone, from, expected) => {
    expect(fires(expression, from, { timezone, count: expected.length })).toEqual(expected);
  });

  it.each([
    [
      '*/30 1 * * *',
      'America/New_York',
      '2026-11-01T00:00:00Z',
      [
        '2026-11-01T05:00:00.000Z',
        '2026-11-01T05:30:00.000Z',
        '2026-11-01T06:00:00.000Z',
        '2026-11-01T06:30:00.000Z',
        '2026-11-02T06:00:00.000Z',
      ],
    ],
    [
      '30 * * * *',
      'America/New_York',
      '2026-11-01T05:00:00Z',
      ['2026-11-01T05:30:00.000Z', '2026-11-01T06:30:00.000Z', '2026-11-01T07:30:00.000Z'],
    ],
    [
      '@hourly',
      'Europe/Berlin',
      '2026-10-24T23:30:00Z',
      ['2026-10-25T00:00:00.000Z', '2026-10-25T01:00:00.000Z', '2026-10-25T02:00:00.000Z'],
    ],
    [
      '*,5 1 1 11 *',
      'America/New_York',
      '2026-11-01T05:58:00Z',
      ['2026-11-01T05:59:00.000Z', '2026-11-01T06:00:00.000Z'],
    ],
    [
      '45 * * * *',
      'Australia/Lord_Howe',
      '2026-04-04T14:00:00Z',
      ['2026-04-04T14:45:00.000Z', '2026-04-04T15:15:00.000Z', '2026-04-04T16:15:00.000Z'],
    ],
  ])('fires twice for %s in %s', (expression, timezone, from, expected) => {
    expect(fires(expression, from, { timezone, count: expected.length })).toEqual(expected);
  });
});

// 2026: clocks go forward on 8 March 02:00 (New York), 29 March 02:00 (Berlin), 4 October 02:00 by half an hour (Lord Howe).
describe('a time that the clock jumps over', () => {
  it.each([
    [
      '30 2 * * *',
      'America/New_York',
      '2026-03-08T05:00:00Z',
      ['2026-03-08T07:00:00.000Z', '2026-03-09T06:30:00.000Z'],
    ],
    [
      '0,30 2 * * *',
      'America/New_York',
      '2026-03-08T05:00:00Z',
      ['2026-03-08T07:00:00.000Z', '2026-03-09T06:00:00.000Z'],
    ],
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']],
    [
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T12:00:00Z',
      ['2026-10-03T15:30:00.000Z', '2026-10-04T15:15:00.000Z'],
    ],
  ])('fires as soon as it has jumped, for %s in %s', (expression, timezone, from, expected) => {
    expect(fires(expression, from, { timezone, count: 2 })).toEqual(expected);
  });

  it.each([
    [
      '*/30 2 * * *',
      'America/New_York',
      '2026-03-08T05:00:00Z',
      ['2026-03-09T06:00:00.000Z', '2026-03-09T06:30:00.000Z'],
    ],
    ['30 * * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z', ['2026-03-29T00:30:00.000Z', '2026-03-29T01:30:00.000Z']],
  ])('is skipped for %s in %s', (expression, timezone, from, expected) => {
    expect(fires(expression, from, { timezone, count: 2 })).toEqual(expected);
  });
});
