import { joinPath } from './violations.ts';
import { isWellFormed, wellFormed } from './well-formed.ts';

/** Why a value is not what its JSON text would say. */
export interface JsonProblem {
  /** Dotted path of the value, or of the object whose key it is; empty for the whole value. */
  path: string;
  reason: string;
}

/**
 * The first part of a value that JSON would lose, change, or write so that strict readers refuse it: half a character in a
 * text or key, a number that is none, a function, an object that is no plain one. Null without. Members that are undefined
 * are absent, as JSON has it, and an object with `toJSON` is what that answers.
 */
export function jsonProblem(value: unknown): JsonProblem | null {
  const path: PropertyKey[] = [];
  const reason = findIn(value, path);
  return reason === null ? null : { path: wellFormed(joinPath(...path.reverse())), reason };
}

/** Adds to `path` from the inside out. */
function findIn(value: unknown, path: PropertyKey[]): string | null {
  switch (typeof value) {
    case 'string':
      return isWellFormed(value) ? null : 'the text holds half of a surrogate pair, which is no character';
    case 'number':
      return Number.isFinite(value) ? null : `${value} is no number in JSON`;
    case 'boolean':
      return null;
    case 'object':
      return value === null ? null : findInObject(value, path);
    default:
      return `${typeof value} has no form in JSON`;
  }
}

function findInObject(value: object, path: PropertyKey[]): string | null {
  if ('toJSON' in value && typeof value.toJSON === 'function') return findIn(value.toJSON(), path);
  if (Array.isArray(value)) return findInMembers(value.entries(), path);
  if (!isPlain(value)) return `${value.constructor?.name ?? 'this object'} has no form in JSON`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const key = members.find(([name]) => !isWellFormed(name))?.[0];
  if (key !== undefined)
    return `the key ${JSON.stringify(wellFormed(key))} holds half of a surrogate pair, which is no character`;
  return findInMembers(members, path);
}

function findInMembers(members: Iterable<[PropertyKey, unknown]>, path: PropertyKey[]): string | null {
  for (const [name, member] of members) {
    const reason = findIn(member, path);
    if (reason === null) continue;
    path.push(name);
    return reason;
  }
  return null;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
