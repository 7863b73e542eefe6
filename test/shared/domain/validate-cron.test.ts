import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validateCron } from '../../../shared/domain/cron.ts';

describe('validateCron', () => {
  it.each([
    '* * * * *',
    '0 2 * * *',
    '*/15 * * * *',
    '0-30/10 8-18 * * 1-5',
    '0 0 1,15 * *',
    '0 0 * JAN,jul *',
    '0 0 * * MON-FRI',
    '0 0 * * sat-sun',
    '0 0 * * 7',
    '0 0 29 2 *',
    '0 0 30 2 1',
    '0 0 31 * *',
    '5,35 */2 1-7 */3 sun',
    '  0 2 * * *  ',
    '0\t2 * * *',
    '@hourly',
    '@daily',
    '@midnight',
    '@weekly',
    '@monthly',
    '@yearly',
    '@annually',
    '@Daily',
    '00 02 * * *',
    '*,5 * * * *',
  ])('accepts %j', (expression) => {
    expect(validateCron({ expression, timezone: 'UTC' })).toEqual([]);
  });

  it.each([
    ['', 'must have five fields (minute hour day month weekday), not 0'],
    ['* * * *', 'must have five fields (minute hour day month weekday), not 4'],
    ['0 0 2 * * *', 'must have five fields (minute hour day month weekday), not 6'],
    ['0 0 2 * * * 2026', 'must have five fields (minute hour day month weekday), not 7'],
    ['60 * * * *', 'minute "60" is not from 0 to 59'],
    ['* 24 * * *', 'hour "24" is not from 0 to 23'],
    ['* * 0 * *', 'day "0" is not from 1 to 31'],
    ['* * 32 * *', 'day "32" is not from 1 to 31'],
    ['* * * 13 *', 'month "13" is not from 1 to 12, nor a name'],
    ['* * * FOO *', 'month "FOO" is not from 1 to 12, nor a name'],
    ['* * * * 8', 'weekday "8" is not from 0 to 7, nor a name'],
    ['* * * JAN-FOO *', 'month "FOO" is not from 1 to 12, nor a name'],
    ['MON * * * *', 'minute "MON" is not from 0 to 59'],
    ['30-10 * * * *', 'the minute range "30-10" ends before it begins: write it as two, "30-59,0-10"'],
    ['*/0 * * * *', 'the minute step 0 must be from 1 to 59'],
    ['*/60 * * * *', 'the minute step 60 must be from 1 to 59'],
    ['5/10 * * * *', '"5/10" is not a minute: use *, 5, 1-5, */10, 1-30/5 or a list of them'],
    ['1,,2 * * * *', '"" is not a minute: use *, 5, 1-5, */10, 1-30/5 or a list of them'],
    ['-1 * * * *', '"-1" is not a minute: use *, 5, 1-5, */10, 1-30/5 or a list of them'],
    ['1.5 * * * *', '"1.5" is not a minute: use *, 5, 1-5, */10, 1-30/5 or a list of them'],
    ['0 0 L * *', 'day "L" is not from 1 to 31'],
    ['0 0 LW * *', 'day "LW" is not from 1 to 31'],
    ['0 0 15W * *', '"15W" is not a day: use *, 5, 1-5, */10, 1-30/5 or a list of them'],
    ['0 0 * * 5#2', '"5#2" is not a weekday: use *, 5, 1-5, */10, 1-30/5 or a list of them'],
    ['0 0 * * FRIL', 'weekday "FRIL" is not from 0 to 7, nor a name'],
    ['0 0 * * 5L', '"5L" is not a weekday: use *, 5, 1-5, */10, 1-30/5 or a list of them'],
    ['0 0 ? * *', '"?" is not a day: use *, 5, 1-5, */10, 1-30/5 or a list of them'],
    ['0 0 * * +1', '"+1" is not a weekday: use *, 5, 1-5, */10, 1-30/5 or a list of them'],
    ['0 0 30 2 *', '"0 0 30 2 *" never fires: no month has that day'],
    ['0 0 31 4,6,9,11 *', '"0 0 31 4,6,9,11 *" never fires: no month has that day'],
    ['@reboot', '"@reboot" is none of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually'],
    ['@constructor', '"@constructor" is none of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually'],
    ['2026-01-01T00:00:00', 'must have five fields (minute hour day month weekday), not 1'],
  ])('refuses %j', (expression, message) => {
    expect(validateCron({ expression, timezone: 'UTC' }, 'schedule')).toEqual([
      { code: 'VALIDATION_ERROR', path: 'schedule.expression', message },
    ]);
  });

  it('reports a wrong zone beside a wrong expression', () => {
    expect(validateCron({ expression: 'x', timezone: 'europe/berlin' })).toMatchObject([
      { path: 'expression' },
      { path: 'timezone', message: '"europe/berlin" is not an IANA time zone; did you mean "Europe/Berlin"?' },
    ]);
  });

  it('reads any text without failing otherwise', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[-0-9*/,@a-zL#?W \t]{0,30}$/), (expression) => {
        expect(validateCron({ expression, timezone: 'UTC' }).length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
