import { isObject } from './is-object.ts';

/**
 * Applies a JSON Merge Patch (RFC 7396): objects merge member by member, null removes a member, anything else replaces.
 * Neither argument is changed; `__proto__` is a member like any other. Both are JSON, whatever their static type.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const members = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) members.delete(key);
    else members.set(key, mergePatch(members.get(key), value));
  }
  return Object.fromEntries(members);
}
