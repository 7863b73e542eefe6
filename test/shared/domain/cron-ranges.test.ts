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

  it.each([
    ['FRI-MON/2', 'FRI,SUN'],
    ['THU-WED/3', 'THU,SUN,WED'],
    ['FRI-MON/7', 'FRI'],
    ['5-1/2', '5,0'],
    ['6-1/1', '6-7,0-1'],
    ['wed-1/2', 'WED,FRI,SUN'],
  ])('refuses %s and says %s, with its step', (field, remedy) => {
    expect(weekdays(field)).toContain(
      `ends before it begins: write it as ${field.endsWith('/1') ? 'two' : 'a list'}, "${remedy}"`,
    );
    expect(typeof weekdays(remedy)).toBe('object');
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
    ['dec-JAN', 'dec,JAN'],
    ['11-2', '11-12,1-2'],
    ['NOV-2', 'NOV-DEC,1-2'],
  ])('refuses %s and says %s', (field, remedy) => {
    expect(months(field)).toBe(
      `the month range "${field.replace(/\/.*/, '')}" ends before it begins: write it as two, "${remedy}"`,
    );
    expect(months(remedy)).toContain(1);
  });

  it.each([
    ['dec-JAN/2', 'DEC'],
    ['NOV-FEB/3', 'NOV,FEB'],
    ['11-2/2', '11,1'],
  ])('refuses %s and says %s, with its step', (field, remedy) => {
    expect(months(field)).toContain(`ends before it begins: write it as a list, "${remedy}"`);
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

describe('a day and a weekday, both restricted', () => {
  const DAYS = ['13', '1-7', '1-31/2', '1,15', '1-31', '31,1-2'];
  const DAYS_OF_WEEK = ['MON', 'MON-FRI/2', 'SAT-SUN', '1,3', 'SUN-SAT', '0-7', 'MON,*', '5-7/2'];

  it('fire on days that are either, as croner and Vixie cron have it', () => {
    const from = '2026-02-28T00:00:00Z';
    for (const day of DAYS)
      for (const weekday of DAYS_OF_WEEK) {
        const expression = `0 0 ${day} * ${weekday}`;
        const fields = parseCron(expression);
        const ours = nextFires({ expression, timezone: 'UTC', from, count: 31 });
        const either = [...dates(from, 400)].filter(
          (date) => fields.day.values.includes(date.getUTCDate()) || fields.weekday.values.includes(date.getUTCDay()),
        );
        expect(ours, expression).toEqual(either.slice(0, 31).map((date) => date.toISOString()));
        expect(ours, expression).toEqual(byCroner(expression, from, 31));
      }
  });

  it.each([
    ['*/2', 'MON', 'for either, write "1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31"'],
    ['*/10', '*/2', 'for either, write "1,11,21,31"'],
    ['*/1', 'MON', 'write "*"'],
    ['*,13', 'SAT-SUN', 'write "*"'],
    ['13', '*,MON', 'write "*"'],
    ['13', '*/2', 'for either, write "0,2,4,6"'],
    ['13', '*/7', 'for either, write "0"'],
    ['1-31', '*/1', 'write "*"'],
  ])('are refused where one begins with * and is more: %s and %s', (day, weekday, remedy) => {
    expect(() => parseCron(`0 9 ${day} * ${weekday}`)).toThrow(
      `can be read as days that match both, or either: ${remedy}`,
    );
  });

  it.each(['0 9 */2 * *', '0 9 * * */2', '0 9 * * *,MON', '0 9 *,13 * *', '*/5 */2 13 */3 MON'])(
    'have no say over %s',
    (expression) => {
      const from = '2026-02-28T00:00:00Z';
      expect(nextFires({ expression, timezone: 'UTC', from, count: 40 })).toEqual(byCroner(expression, from, 40));
    },
  );
});

function* dates(from: string, count: number): Iterable<Date> {
  for (let day = 1; day <= count; day++) yield new Date(Date.parse(from) + day * 86_400_000);
}
