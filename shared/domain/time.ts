import { z } from 'zod';

/** What a text that is no time is answered. */
export const TIME_RULE =
  'must be an ISO 8601 time with its offset, such as 2026-01-15T14:30:00Z or 2026-01-15T15:30:00+01:00, or a date';

const toSeconds = z.iso.datetime({ offset: true });
const toMinutes = z.iso.datetime({ offset: true, precision: -1 });
const date = z.iso.date();

/**
 * An ISO 8601 time as it is stored: in UTC with milliseconds, so that texts compare as times. A date is its midnight in
 * UTC; an offset may be written with or without its colon. Null when the text is no time.
 */
export function toUtc(text: string): string | null {
  if (date.safeParse(text).success) return `${text}T00:00:00.000Z`;
  const withColon = text.replace(/(?<=T.*[+-]\d\d)(?=\d\d$)/, ':');
  const isTime = [toSeconds, toMinutes].some((schema) => schema.safeParse(withColon).success);
  return isTime ? new Date(withColon).toISOString() : null;
}
