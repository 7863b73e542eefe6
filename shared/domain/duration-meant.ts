import { DURATION_RULE, parseDuration } from './duration.ts';

const PART = /(\d+(?:\.\d+)?)\s*([a-z]+)[\s,]*(?:and\s+)?/giy;

/** How people write the units, and how durations do. A week is written in days. */
const UNITS: Readonly<Record<string, { unit: string; times?: number }>> = {
  ...spelt(['ms', 'msec', 'msecs', 'milli', 'millis', 'millisecond', 'milliseconds'], 'ms'),
  ...spelt(['s', 'sec', 'secs', 'second', 'seconds'], 's'),
  ...spelt(['m', 'min', 'mins', 'minute', 'minutes'], 'm'),
  ...spelt(['h', 'hr', 'hrs', 'hour', 'hours'], 'h'),
  ...spelt(['d', 'day', 'days'], 'd'),
  ...spelt(['w', 'week', 'weeks'], 'd', 7),
};

function spelt(words: readonly string[], unit: string, times = 1) {
  return Object.fromEntries(words.map((word) => [word, { unit, times }]));
}

/** What is said of a value that is no duration: the rule, and what was probably meant. */
export function durationMessage(given: unknown): string {
  const meant = durationMeant(given);
  return meant === null ? DURATION_RULE : `${DURATION_RULE}; write "${meant}"`;
}

/** The duration that somebody meant who wrote 600 (seconds, as elsewhere), `"600"`, `"10 min"` or `"pt10m"`; null for other values. */
export function durationMeant(given: unknown): string | null {
  const text = typeof given === 'number' ? String(given) : given;
  if (typeof text !== 'string' || text.length > 64) return null;
  const meant = ofSeconds(text.trim()) ?? ofWords(text.trim()) ?? text.trim().toUpperCase();
  return meant !== text && parseDuration(meant) !== null ? meant : null;
}

function ofSeconds(text: string): string | null {
  if (!/^\d+(\.\d+)?$/.test(text)) return null;
  return Number.isInteger(Number(text)) ? `${Number(text)}s` : `${Math.round(Number(text) * 1_000)}ms`;
}

function ofWords(text: string): string | null {
  let meant = '';
  let end = 0;
  for (const [part, amount, word = ''] of text.matchAll(PART)) {
    const found = Object.hasOwn(UNITS, word.toLowerCase()) ? UNITS[word.toLowerCase()] : undefined;
    if (!found) return null;
    meant += `${Number(amount) * (found.times ?? 1)}${found.unit}`;
    end += part.length;
  }
  return end === text.length && end > 0 ? meant : null;
}
