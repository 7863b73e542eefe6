/** One field of a cron expression: which values match, and how it was written. */
export interface CronField {
  /** Ascending. Sunday is 0. */
  values: readonly number[];
  /** Written as `*` alone. */
  any: boolean;
  /** Begins with `*`: `*`, or with a step. */
  wild: boolean;
}

interface DayField extends CronField {
  name: 'day' | 'weekday';
  text: string;
}

/** The five fields of a cron expression. */
export interface CronFields {
  minute: CronField;
  hour: CronField;
  day: CronField;
  month: CronField;
  weekday: CronField;
}

interface FieldRule {
  name: keyof CronFields;
  min: number;
  max: number;
  /** Names for the values from `min` on. */
  names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const RULES = {
  minute: { name: 'minute', min: 0, max: 59 },
  hour: { name: 'hour', min: 0, max: 23 },
  day: { name: 'day', min: 1, max: 31 },
  month: { name: 'month', min: 1, max: 12, names: MONTHS },
  // 7 is Sunday too.
  weekday: { name: 'weekday', min: 0, max: 7, names: WEEKDAYS },
} as const satisfies Record<keyof CronFields, FieldRule>;

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
]);

const ITEM = /^(?:\*|([A-Za-z]+|\d{1,2})(?:-([A-Za-z]+|\d{1,2}))?)(?:\/(\d{1,2}))?$/;

/** What is wrong with a cron expression, in words for its writer. */
export class CronSyntaxError extends Error {
  override readonly name = 'CronSyntaxError';
}

/**
 * Reads an expression as croner 11 does (`mode: '5-part'`): five fields of lists, ranges, steps and names, or an alias such
 * as `@daily`. Stricter than croner, which adds `L`, `W`, `#` and `?`: what it and Vixie cron read in two ways is refused,
 * and so is what means nothing to Vixie cron. Throws CronSyntaxError.
 */
export function parseCron(expression: string): CronFields {
  const text = expression.trim();
  const fields = (text.startsWith('@') ? resolveAlias(text) : text).split(/\s+/).filter((field) => field !== '');
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  if (fields.length !== 5) {
    throw new CronSyntaxError(`must have five fields (minute hour day month weekday), not ${fields.length}`);
  }
  const parsed = {
    minute: parseField(minute, RULES.minute),
    hour: parseField(hour, RULES.hour),
    day: parseField(day, RULES.day),
    month: parseField(month, RULES.month),
    weekday: parseField(weekday, RULES.weekday),
  };
  const days: DayField = { ...parsed.day, name: 'day', text: day };
  const weekdays: DayField = { ...parsed.weekday, name: 'weekday', text: weekday };
  checkDays(days, weekdays);
  checkDays(weekdays, days);
  return parsed;
}

/**
 * Beside a restricted day field, one that begins with `*` and is more than that is read in two ways: by Vixie cron both
 * must match, by croner either.
 */
function checkDays(field: DayField, beside: DayField): void {
  if (!field.wild || field.any || beside.any) return;
  const isWhole = field.values.length === (field.name === 'day' ? 31 : 7);
  const remedy = isWhole ? 'write "*"' : `for either, write ${JSON.stringify(field.values.join(','))}`;
  throw new CronSyntaxError(
    `the ${field.name} ${JSON.stringify(field.text)} beside the ${beside.name} ${JSON.stringify(beside.text)} can be read ` +
      `as days that match both, or either: ${remedy}`,
  );
}

function resolveAlias(text: string): string {
  const expression = ALIASES.get(text.toLowerCase());
  if (expression !== undefined) return expression;
  throw new CronSyntaxError(`${JSON.stringify(text)} is none of ${[...ALIASES.keys()].join(', ')}`);
}

function parseField(text: string, rule: FieldRule): CronField {
  const values = new Set(text.split(',').flatMap((item) => parseItem(item, rule)));
  // Sunday is written 0 or 7.
  if (rule.name === 'weekday' && values.delete(7)) values.add(0);
  return { values: [...values].sort((a, b) => a - b), any: text === '*', wild: text.startsWith('*') };
}

function parseItem(item: string, rule: FieldRule): number[] {
  const match = ITEM.exec(item);
  const [, from, to, step] = match ?? [];
  // "5/10" means nothing in Vixie cron: a step needs a range.
  if (!match || (step !== undefined && from !== undefined && to === undefined)) {
    throw new CronSyntaxError(
      `${JSON.stringify(item)} is not a ${rule.name}: use *, 5, 1-5, */10, 1-30/5 or a list of them`,
    );
  }
  const first = from === undefined ? rule.min : parseValue(from, rule);
  const last = from === undefined ? rule.max : to === undefined ? first : parseRangeEnd(to, rule);
  const by = step === undefined ? 1 : Number(step);
  if (by < 1 || by > rule.max) throw new CronSyntaxError(`the ${rule.name} step ${by} must be from 1 to ${rule.max}`);
  if (from !== undefined && to !== undefined) checkRange({ from, to, first, last, by }, rule);
  const values: number[] = [];
  for (let value = first; value <= last; value += by) values.push(value);
  return values;
}

function parseValue(text: string, { name, min, max, names }: FieldRule): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named !== -1) return named + min;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new CronSyntaxError(
      `${name} ${JSON.stringify(text)} is not from ${min} to ${max}${names ? ', nor a name' : ''}`,
    );
  }
  return value;
}

/** SAT-SUN ends on the Sunday after, which is 7. */
function parseRangeEnd(text: string, rule: FieldRule): number {
  return isNamedSunday(text, rule) ? rule.max : parseValue(text, rule);
}

const isNamedSunday = (text: string, { name }: FieldRule): boolean =>
  name === 'weekday' && text.toLowerCase() === WEEKDAYS[0];

interface Range {
  from: string;
  to: string;
  first: number;
  last: number;
  by: number;
}

/** A range neither goes round the end of its field nor can it be read in two ways; as croner has it. */
function checkRange({ from, to, first, last, by }: Range, rule: FieldRule): void {
  const range = JSON.stringify(`${from}-${to}`);
  if (last < first) {
    const parts = [span(from, nameOf(rule.max, from, rule)), span(nameOf(rule.min, to, rule), to)];
    const remedy = by === 1 ? ['two', parts] : ['a list', roundTheEnd({ from, first, last, by }, rule)];
    throw new CronSyntaxError(
      `the ${rule.name} range ${range} ends before it begins: write it as ${remedy[0]}, ${JSON.stringify(String(remedy[1]))}`,
    );
  }
  if (first === 0 && isNamedSunday(to, rule))
    throw new CronSyntaxError(`the weekday range ${range} can be read as Sunday or as every day: write SUN or *`);
}

/** What a range with a step means whose writer goes round the end of the field: FRI-MON/2 is Friday and Sunday. */
function roundTheEnd({ from, first, last, by }: Omit<Range, 'to'>, rule: FieldRule): string[] {
  // Sunday is counted once, as 0.
  const size = rule.names?.length ?? rule.max - rule.min + 1;
  const values: string[] = [];
  for (let value = first; value <= last + size; value += by)
    values.push(nameOf(rule.min + ((value - rule.min) % size), from, rule));
  return values;
}

/** First or last value of a field, as a name where `beside` is one. */
const nameOf = (value: number, beside: string, { min, names }: FieldRule): string =>
  names && !/^\d/.test(beside) ? (names[(value - min) % names.length] ?? '').toUpperCase() : String(value);

const span = (from: string, to: string): string => (from.toLowerCase() === to.toLowerCase() ? from : `${from}-${to}`);
