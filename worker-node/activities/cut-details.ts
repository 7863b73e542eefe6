import { clip } from '../../shared/domain/clip.ts';
import { readableObject } from '../../shared/domain/well-formed.ts';
import type { JsonObject, JsonValue } from '../../shared/schemas/json.ts';

/** Tried in this order: characters of a text, and entries of a list or object, that stay. */
const LIMITS = [
  { text: 2_000, entries: 50 },
  { text: 1_000, entries: 20 },
  { text: 400, entries: 10 },
  { text: 100, entries: 8 },
  { text: 30, entries: 4 },
] as const;
/** Levels of nesting that stay. */
const DEPTH = 6;
const MARK = ' … (cut)';

/** Details that are within `length` characters as JSON: long texts and lists are cut, each with a mark; small ones stay. */
export function cutDetails(details: JsonObject, length: number): JsonObject {
  for (const limit of LIMITS) {
    const cut = readableObject(cutObject(details, limit, DEPTH));
    if (JSON.stringify(cut).length <= length) return cut;
  }
  const single = Object.entries(details).filter(([, value]) => typeof value !== 'object' && typeof value !== 'string');
  const named = single.slice(0, 20).map(([key, value]) => [clip(key, 100, MARK), value]);
  return { ...readableObject(Object.fromEntries(named)), details_cut: true };
}

type Limit = (typeof LIMITS)[number];

function cut(value: JsonValue, limit: Limit, depth: number): JsonValue {
  if (typeof value === 'string') return clip(value, limit.text, MARK);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return MARK.trim();
  if (!Array.isArray(value)) return cutObject(value, limit, depth);
  const items = value.slice(0, limit.entries).map((item) => cut(item, limit, depth - 1));
  return value.length > limit.entries ? [...items, `… (${value.length - limit.entries} more)`] : items;
}

function cutObject(value: JsonObject, limit: Limit, depth: number): JsonObject {
  const entries = Object.entries(value);
  const kept = entries
    .slice(0, limit.entries)
    .map(([key, inner]) => [clip(key, limit.text, MARK), cut(inner, limit, depth - 1)]);
  const more = entries.length - limit.entries;
  return { ...Object.fromEntries(kept), ...(more > 0 && { '…': `${more} more` }) };
}
