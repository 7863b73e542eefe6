import { Cron } from 'croner';
import { describe, expect, it } from 'vitest';
import { nextFires } from '../../../shared/domain/cron.ts';
import { CronSyntaxError, parseCron } from '../../../shared/domain/cron-fields.ts';

const WEEKDAYS = ['SUN', 'Mon', 'tue', 'WED', 'Thu', 'fri', 'SAT'];
const MONTHS = ['JAN', 'Feb', 'mar', 'APR', 'May', 'jun', 'JUL', 'Aug', 'sep', 'OCT', 'Nov', 'dec'];
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);
const MODE = { mode: '5-part', timezone: 'UTC' } as const;

/** The values, or the message of the refusal. */
function weekdays(field: string): readonly number[] | string {
  try {
    return parseCron(`0 0 * * ${field}`).weekday.values;
  } catch (error) {
    if (error instanceof CronSyntaxError) return error.message;
    throw error;
  }
}

function months(field: string): readonly number[] | string {
  try {
    return parseCron(`0 0 1 ${field} *`).month.values;
  } catch (error) {
    if (error instanceof CronSyntaxError) return error.message;
    throw error;
  }
}

// A Saturday: the week after it begins on Sunday.
const WEEK = '2026-01-03T12:00:00Z';
const WEEK_END = '2026-01-10T12:00:00.000Z';
const weekdaysOf = (fires: readonly string[]) =>
  [...new Set(fires.filter((fire) => fire < WEEK_END).map((fire) => new Date(fire).getUTCDay()))].sort();

/** What croner makes of the text as it stands; null when it refuses it. */
function byCroner(expression: string, from: string, count: number): string[] | null {
  try {
    return new Cron(expression, MODE).nextRuns(count, new Date(from)).map((fire) => fire.toISOString());
  } catch {
    return null;
  }
}

describe('ranges of weekdays', () => {
  it.each([
    ['SAT-SUN', [0, 6]],
    ['fri-Sun', [0, 5, 6]],
    ['MON-SUN', [0, 1, 2, 3, 4, 5, 6]],
    ['SUN-6', [0, 1, 2, 3, 4, 5, 6]],
    ['SUN-7', [0, 1, 2, 3, 4, 5, 6]],
    ['0-7', [0, 1, 2, 3, 4, 5, 6]],
    ['7-7', [0]],
    ['7-SUN', [0]],
    ['SUN-SAT/2', [0, 2, 4, 6]],
    ['0-7/2', [0, 2, 4, 6]],
    ['1-7/2', [0, 1, 3, 5]],
    ['MON-SUN/3', [0, 1, 4]],
    ['MON-FRI/7', [1]],
    ['*/7', [0]],
    ['SAT-SUN,MON-TUE', [0, 1, 2, 6]],
    ['mon,MON,1,1-1', [1]],
    ['SUN,7,0', [0]],
  ])('%s is %j', (field, values) => {
    expect(weekdays(field)).toEqual(values);
  });

  it.each([
    ['FRI-MON', 'FRI-SUN,SUN-MON'],
    ['SAT-MON', 'SAT-SUN,SUN-MON'],
    ['WED-TUE', 'WED-SUN,SUN-TUE'],
    ['FRI-MON/2', 'FRI-SUN,SUN-MON'],
    ['SAT-FRI', 'SAT-SUN,SUN-FRI'],
    ['5-1', '5-7,0-1'],
    ['fri-1', 'fri-SUN,0-1'],
    ['5-MON', '5-7,SUN-MON'],
    ['7-1', '7,0-1'],
    ['6-0', '6-7,0'],
    ['MON,FRI-MON', 'FRI-SUN,SUN-MON'],
  ])('refuses %s and says %s', (field, remedy) => {
    expect(weekdays(field)).toBe(
      `the weekday range "${field.replace(/\/.*|.*,/, '')}" ends before it begins: write it as two, "${remedy}"`,
    );
    expect(weekdays(remedy)).toContain(0);
  });

  it.each(['SUN-SUN', '0-SUN', 'sun-Sun'])('refuses %s, which can be read in two ways', (field) => {
    expect(weekdays(field)).toBe(`the weekday range "${field}" can be read as Sunday or as every day: write SUN or *`);
  });

  it.each(['FRI-MON/0', 'MON-FRI/8', 'MON-FRI/99', 'MON/2', '5/2', 'MON-', '-MON', 'MON-TUE-WED', 'JAN-FEB', 'MONDAY'])(
    'refuses %s',
    (field) => {
      expect(weekdays(field)).toEqual(expect.stringContaining('weekday'));
    },
  );

  it('are what croner reads and fires, or refused: each pair of names and numbers, with each step', () => {
    const ends = [...WEEKDAYS, ...numbers(0, 7)];
    const steps = ['', ...numbers(1, 7).map((step) => `/${step}`)];
    let accepted = 0;
    for (const from of ends)
      for (const to of ends)
        for (const step of steps) {
          const field = `${from}-${to}${step}`;
          const values = weekdays(field);
          if (typeof values === 'string') continue;
          accepted++;
          const expression = `0 0 * * ${field}`;
          const ours = nextFires({ expression, timezone: 'UTC', from: WEEK, count: 7 });
          expect(weekdaysOf(ours), field).toEqual(values);
          expect(weekdaysOf(byCroner(expression, WEEK, 7) ?? []), field).toEqual(values);
        }
    // Of 225 pairs, those that are in order and can be read in one way alone.
    expect(accepted).toBe(138 * steps.length);
  });
});

describe('ranges of months', () => {
  it.each([
    ['NOV-FEB', 'NOV-DEC,JAN-FEB'],
    ['dec-JAN/2', 'dec,JAN'],
    ['11-2', '11-12,1-2'],
    ['NOV-2', 'NOV-DEC,1-2'],
  ])('refuses %s and says %s', (field, remedy) => {
    expect(months(field)).toBe(
      `the month range "${field.replace(/\/.*/, '')}" ends before it begins: write it as two, "${remedy}"`,
    );
    expect(months(remedy)).toContain(1);
  });

  it('are what croner reads and fires, or refused: each pair of names and numbers, with steps', () => {
    const ends = [...MONTHS, ...numbers(1, 12)];
    const from = '2025-12-31T12:00:00Z';
    const monthsOf = (fires: readonly string[]) => [
      ...new Set(fires.filter((fire) => fire < '2027').map((fire) => Number(fire.slice(5, 7)))),
    ];
    let accepted = 0;
    for (const first of ends)
      for (const last of ends)
        for (const step of ['', '/2', '/5', '/12']) {
          const field = `${first}-${last}${step}`;
          const values = months(field);
          if (typeof values === 'string') continue;
          accepted++;
          const expression = `0 0 1 ${field} *`;
          expect(monthsOf(nextFires({ expression, timezone: 'UTC', from, count: 12 })), field).toEqual(values);
          expect(monthsOf(byCroner(expression, from, 12) ?? []), field).toEqual(values);
        }
    // Twice two ways to write each of 78 pairs that are in order.
    expect(accepted).toBe(4 * 78 * 4);
  });
});
