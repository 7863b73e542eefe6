/*
 * What of an object is its value: nothing that it holds is left out without a word. Part of the helper `wf`: it stands alone.
 */

type Form = (this: object) => unknown;

/** The form in JSON that an object gives itself. Dates and bytes inherit one from the language that does not count here. */
export function formOf(value: object): Form | undefined {
  const { toJSON } = value as { toJSON?: unknown };
  const isOwn = typeof toJSON === 'function' && toJSON !== Date.prototype.toJSON && !Buffer.isBuffer(value);
  return isOwn ? (toJSON as Form) : undefined;
}

/** Name and value of its fields. Symbols are among them, to be refused as keys; a method `toJSON` is none. */
export function fieldsOf(value: object): [string | symbol, unknown][] {
  const symbols = Object.getOwnPropertySymbols(value).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key),
  );
  return [
    ...Object.entries(value).filter(([key]) => !isForm(value, key)),
    ...symbols.map((key): [symbol, unknown] => [key, (value as Record<symbol, unknown>)[key]]),
  ];
}

/** A field that a list or map has beside its items. */
export function fieldBeside(value: object): string | undefined {
  const isIndexed = 'length' in value;
  // Indexes are the first of the names.
  const names: string[] = [];
  const keys = Object.keys(value);
  for (let at = keys.length - 1; at >= 0; at--) {
    const key = keys[at] ?? '';
    if (isIndexed && /^\d+$/.test(key)) break;
    names.unshift(key);
  }
  return names.find((key) => !isForm(value, key));
}

const isForm = (value: object, key: string): boolean => key === 'toJSON' && formOf(value) !== undefined;

/** Names of the getters that the classes of an object define, of which this is the first prototype. */
export function gettersFrom(first: object | null): string[] {
  const names: string[] = [];
  for (let prototype = first; prototype !== null && !isRoot(prototype); prototype = Object.getPrototypeOf(prototype)) {
    const properties = Object.entries(Object.getOwnPropertyDescriptors(prototype));
    names.push(...properties.filter(([, { get }]) => get !== undefined).map(([name]) => name));
  }
  return names;
}

/** Whether it is the prototype of plain objects, of this realm or another. */
export const isRoot = (prototype: object | null): boolean =>
  prototype === null || Object.getPrototypeOf(prototype) === null;
