import { Cron } from 'croner';
import type { Violation } from '../errors.ts';
import { type CronField, type CronFields, CronSyntaxError, parseCron } from './cron-fields.ts';
import { didYouMean } from './nearest.ts';
import { isTimezone, suggestTimezone } from './timezone.ts';
import { joinPath, quote } from './violations.ts';

/** When something happens again and again. */
export interface CronTimes {
  expression: string;
  /** IANA name. */
  timezone: string;
}

/** What is wrong with a schedule, at `expression` and `timezone` below `path`. */
export function validateCron({ expression, timezone }: CronTimes, path = ''): Violation[] {
  const violations: Violation[] = [];
  const report = (field: string, message: string) =>
    violations.push({ code: 'VALIDATION_ERROR', path: joinPath(path, field), message });
  try {
    if (neverFires(parseCron(expression)))
      report('expression', `${quote(expression)} never fires: no month has that day`);
  } catch (error) {
    if (!(error instanceof CronSyntaxError)) throw error;
    report('expression', error.message);
  }
  if (!isTimezone(timezone)) {
    report('timezone', `${quote(timezone)} is not an IANA time zone${didYouMean(suggestTimezone(timezone))}`);
  }
  return violations;
}

/**
 * The next `count` times strictly after `from` (ISO 8601), ascending, as ISO 8601 in UTC with milliseconds. The schedule
 * has passed `validateCron`.
 *
 * Both day fields restricted (not `*`): either matches. Where croner and Vixie cron read them differently, because one
 * begins with `*`, `validateCron` has refused them. When the clock goes back, an expression whose minute or hour
 * field begins with `*` fires in both copies of the repeated time, any other in the first alone. When it goes forward,
 * the former skips the missing time, the latter fires as soon as the gap has passed.
 */
export function nextFires({
  expression,
  timezone,
  from,
  count,
}: CronTimes & { from: string; count: number }): string[] {
  const cron = new Cron(canonical(parseCron(expression)), { mode: '5-part', timezone, fixedTimeRule: 'no-wildcard' });
  return cron.nextRuns(count, new Date(from)).map((fire) => fire.toISOString());
}

/**
 * The same expression such that croner's rule for clock changes (a `*` or a step anywhere in minute or hour) coincides
 * with Vixie cron's (a `*` that begins one of them): other fields become plain lists, those keep a step.
 */
function canonical({ minute, hour, day, month, weekday }: CronFields): string {
  return [minute, hour, day, month, weekday].map(canonicalField).join(' ');
}

function canonicalField({ values, any, wild }: CronField): string {
  if (any) return '*';
  return values.map((value) => (wild ? `${value}-${value}/1` : value)).join(',');
}

/** Days of each month, February in a leap year. */
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function neverFires({ day, month, weekday }: CronFields): boolean {
  const firstDay = day.values[0] ?? 0;
  return weekday.any && month.values.every((value) => firstDay > (LONGEST[value - 1] ?? 0));
}
