import { z } from 'zod';
import { DURATION_PATTERN, DURATION_RULE, parseDuration } from '../domain/duration.ts';
import { TIME_RULE, toUtc } from '../domain/time.ts';

// Control characters, and the marks that make text run the other way: a name with them can be shown as another name.
const HIDDEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]/u;
const LAYOUT = /[\t\n\r]/g;
const VISIBLE = /[^\s\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;

const NOTHING_HIDDEN = 'must not contain control or bidirectional characters';

/** A label that people read: trimmed of nothing, at least one visible character, no control or bidi characters. */
export const label = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !HIDDEN.test(text), NOTHING_HIDDEN)
    .refine((text) => VISIBLE.test(text), 'must contain a visible character');

/** A label that can stand in a list whose items are separated by commas. */
export const tag = (max: number) => label(max).refine((text) => !text.includes(','), 'must not contain a comma');

/** Text of any number of lines that people read: as a label, but line breaks and tabs are allowed, and it may be empty. */
export const prose = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !HIDDEN.test(text.replace(LAYOUT, '')), NOTHING_HIDDEN);

/** `"250ms"`, `"30s"`, `"1m"`, `"1h30m"`, `"7d"`, or ISO 8601 (`"PT30S"`). */
export const Duration = z
  .string()
  .refine((text) => parseDuration(text) !== null, DURATION_RULE)
  .meta({ pattern: DURATION_PATTERN, example: '30s' });

/** A point in time, ISO 8601 in UTC with milliseconds. */
export const Timestamp = z.string().meta({ format: 'date-time', example: '2026-01-15T14:30:00.000Z' });

/** A point in time as a user writes it: ISO 8601 with an offset, or a date, which is its midnight in UTC. */
export const TimeInput = z
  .string()
  .refine((text) => toUtc(text) !== null, TIME_RULE)
  .meta({ example: '2026-01-15T14:30:00Z' });

/** Refuses a range of times that ends before it begins. */
export const inOrder =
  <Begin extends string, End extends string>(begin: Begin, end: End) =>
  (ctx: z.core.ParsePayload<{ [name in Begin | End]?: string | undefined }>): void => {
    const [from, to] = [ctx.value[begin], ctx.value[end]].map((time) => (time === undefined ? null : toUtc(time)));
    if (from && to && to < from)
      ctx.issues.push({ code: 'custom', path: [end], input: ctx.value, message: `must not be before ${begin}` });
  };
