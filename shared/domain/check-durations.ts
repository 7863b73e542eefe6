import type { Violation } from '../errors.ts';
import type { JsonObject, JsonValue } from '../schemas/json.ts';
import { DURATION_PATTERN, DURATION_RULE, parseDuration } from './duration.ts';
import { joinPath } from './violations.ts';

const PATTERN = new RegExp(DURATION_PATTERN);

/**
 * Texts that look like a duration where `schema` (a JSON Schema) wants one, but are out of range: its pattern cannot say
 * that. What may be several things is left to the worker.
 */
export function checkDurations(schema: JsonValue | undefined, value: JsonValue, path: string): Violation[] {
  const owner = branchFor(schema, value);
  if (!owner) return [];
  if (typeof value === 'string') {
    const outOfRange = owner.pattern === DURATION_PATTERN && PATTERN.test(value) && parseDuration(value) === null;
    return outOfRange ? [{ code: 'VALIDATION_ERROR', path, message: DURATION_RULE }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    checkDurations(memberOf(owner, key), inner, joinPath(path, key)),
  );
}

/** The schema itself, or the one branch of a union that a value of this type can fit. Null when there is none or more. */
function branchFor(schema: JsonValue | undefined, value: JsonValue): JsonObject | null {
  if (!isObject(schema)) return null;
  if (!Array.isArray(schema.anyOf)) return schema;
  const type = Array.isArray(value) ? 'array' : typeof value;
  const [branch, another] = schema.anyOf.filter(isObject).filter((one) => one.type === undefined || one.type === type);
  return branch && !another ? branch : null;
}

function memberOf({ properties, additionalProperties, items }: JsonObject, key: string): JsonValue | undefined {
  if (items !== undefined) return items;
  return isObject(properties) && Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
