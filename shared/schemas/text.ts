import { z } from 'zod';
import { DURATION_PATTERN, DURATION_RULE, parseDuration } from '../domain/duration.ts';
import { TIME_RULE, toUtc } from '../domain/time.ts';

// Control characters, and the marks that make text run the other way: a name with them can be shown as another name.
const HIDDEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]/u;
const VISIBLE = /[^\s\p{C}\p{Z}\p{M}]/u;

/** A label that people read: trimmed of nothing, at least one visible character, no control or bidi characters. */
export const label = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !HIDDEN.test(text), 'must not contain control or bidirectional characters')
    .refine((text) => VISIBLE.test(text), 'must contain a visible character');

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
