import type { JsonObject, JsonValue } from '../schemas/json.ts';

/** Half of a surrogate pair that stands alone: no character, without a form in UTF-8, and refused by strict JSON readers. */
const HALF = /\p{Cs}/u;
const HALVES = /\p{Cs}/gu;

/** Whether every character of a text is whole. */
export const isWellFormed = (text: string): boolean => !HALF.test(text);

/** The text with U+FFFD in the place of each half character, as an encoder to UTF-8 would write it. */
export const wellFormed = (text: string): string => (HALF.test(text) ? text.replace(HALVES, '\ufffd') : text);

/**
 * A copy that any reader of JSON takes, for what people read (logs, messages, details): it never fails and leaves out what
 * has no JSON form. Half characters become U+FFFD, in keys too; NaN, Infinity and bigints become text.
 */
export function readableJson(value: unknown): JsonValue {
  return readable(value) ?? null;
}

/** `readableJson` for an object. */
export const readableObject = (value: Readonly<Record<string, unknown>>): JsonObject => readableMembers(value);

/** Undefined for what JSON.stringify leaves out. */
function readable(value: unknown): JsonValue | undefined {
  switch (typeof value) {
    case 'string':
      return wellFormed(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return String(value);
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return value.map(readableJson);
      if ('toJSON' in value && typeof value.toJSON === 'function') return readable(value.toJSON());
      return readableMembers(value as Record<string, unknown>);
    default:
      return undefined;
  }
}

function readableMembers(value: Readonly<Record<string, unknown>>): JsonObject {
  const members = new Map<string, JsonValue>();
  for (const [name, member] of Object.entries(value)) {
    const shown = readable(member);
    if (shown === undefined) continue;
    let key = wellFormed(name);
    // Two names that differ in half characters alone stay two.
    while (members.has(key) || (key !== name && Object.hasOwn(value, key))) key += '\ufffd';
    members.set(key, shown);
  }
  return Object.fromEntries(members);
}
