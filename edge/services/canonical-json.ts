/**
 * JSON with the members of every object in one order (names that are integers first, then by code unit), so that values
 * that differ in the order of their members alone have one text.
 */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_name, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? sorted(inner) : inner,
  );

// Entries, not assignments: a name may be `__proto__`.
const sorted = (object: Record<string, unknown>) =>
  Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((name) => [name, object[name]]),
  );
