const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const ISO_DURATION =
  /^P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const SHORT_DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

/** The longest duration that any field takes, in milliseconds (365 days). */
export const MAX_DURATION_MS = 365 * 86_400_000;

/** What a duration looks like, for JSON Schema. `parseDuration` has the last word. */
export const DURATION_PATTERN = `(?=.*[1-9])(?:${SHORT_DURATION.source}|${ISO_DURATION.source})`;

/** What a text that is no duration is answered. */
export const DURATION_RULE = `must be a duration such as "30s", "1h30m" or "PT30S", above 0 and at most ${MAX_DURATION_MS / 86_400_000}d`;

/**
 * Milliseconds of a duration: `"250ms"`, `"30s"`, `"1h30m"`, `"7d"`, or ISO 8601 without years and months (`"PT15M"`).
 * Null when the text is no duration, is not above zero, or is longer than 365 days.
 */
export function parseDuration(text: string): number | null {
  const ms = text.length > 64 ? null : (parseShort(text) ?? parseIso(text));
  return ms !== null && ms >= 1 && ms <= MAX_DURATION_MS ? Math.round(ms) : null;
}

function parseShort(text: string): number | null {
  if (!SHORT_DURATION.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    total += Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  return total;
}

function parseIso(text: string): number | null {
  const match = ISO_DURATION.exec(text);
  if (!match || text.endsWith('T')) return null;
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((((weeks ?? 0) * 7 + (days ?? 0)) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1_000;
}
