import { TIMEZONE_LINKS } from './timezone-links.ts';

/** A zone's name begins with a letter; offsets (`+05:00`), which Intl takes too, do not. */
const NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;

/** Is `name` an IANA time zone, letter for letter? Intl alone is laxer: it takes any case, and offsets. */
export function isTimezone(name: string): boolean {
  const known = NAME.test(name) ? intlName(name) : null;
  return known !== null && (known === name || TIMEZONE_LINKS.has(name));
}

/** The zone that was probably meant by a name that is none, when only its case is wrong; else null. */
export function suggestTimezone(name: string): string | null {
  const known = NAME.test(name) ? intlName(name) : null;
  if (known === null) return null;
  const lower = name.toLowerCase();
  for (const link of TIMEZONE_LINKS) if (link.toLowerCase() === lower) return link;
  return known;
}

/** The zone's name according to Intl, null when it knows none. */
function intlName(name: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
