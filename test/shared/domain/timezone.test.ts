import { describe, expect, it } from 'vitest';
import { isTimezone, suggestTimezone } from '../../../shared/domain/timezone.ts';

describe('isTimezone', () => {
  it.each([
    'UTC',
    'GMT',
    'Etc/UTC',
    'Etc/GMT+5',
    'Europe/Berlin',
    'America/New_York',
    'America/Argentina/Buenos_Aires',
    'America/Port-au-Prince',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'Europe/Kyiv',
    'Europe/Kiev',
    'US/Eastern',
    'EST5EDT',
    'GB-Eire',
    'Zulu',
  ])('takes %s', (name) => {
    expect(isTimezone(name)).toBe(true);
  });

  it.each([
    '',
    ' ',
    '5',
    'utc',
    'Utc',
    'gmt',
    'Z',
    '+05:00',
    '-08:00',
    'UTC+1',
    'europe/berlin',
    'EUROPE/BERLIN',
    'us/eastern',
    'US/EASTERN',
    'Europe/Berlin ',
    ' Europe/Berlin',
    'Mars/Phobos',
    'Europe',
    'local',
    'PST',
    'CEST',
    '__proto__',
    'Europe/Berlin\n',
    'A'.repeat(100_000),
  ])('refuses %j', (name) => {
    expect(isTimezone(name)).toBe(false);
  });

  it.each([
    ['europe/berlin', 'Europe/Berlin'],
    ['us/eastern', 'US/Eastern'],
    ['utc', 'UTC'],
    ['Mars/Phobos', null],
  ])('suggests for %j the zone %j', (name, zone) => {
    expect(suggestTimezone(name)).toBe(zone);
  });
});
