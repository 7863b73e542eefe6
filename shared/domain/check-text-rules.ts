import type { Violation } from '../errors.ts';
import type { JsonObject, JsonValue } from '../schemas/json.ts';
import { DURATION_PATTERN, DURATION_RULE, parseDuration } from './duration.ts';
import { isTemplate } from './expression-template.ts';
import { isPossiblePath, PATH_PATTERN, PATH_RULE } from './possible-path.ts';
import { joinPath } from './violations.ts';

interface TextRule {
  /** Whether texts of this pattern are held to the rule. */
  concerns(pattern: string): boolean;
  isKept(text: string): boolean;
  message: string;
}

/** What a pattern cannot say. */
const RULES: readonly TextRule[] = [
  {
    concerns: (pattern) => pattern === DURATION_PATTERN,
    isKept: (text) => parseDuration(text) !== null,
    message: DURATION_RULE,
  },
  { concerns: (pattern) => pattern.includes(PATH_PATTERN), isKept: isPossiblePath, message: PATH_RULE },
];

/**
 * Texts that match the pattern that `schema` (a JSON Schema) has for them, and break a rule that it cannot say. What may be
 * several things is left to the worker.
 */
export function checkTextRules(schema: JsonValue | undefined, value: JsonValue, path: string): Violation[] {
  const owner = branchFor(schema, value);
  if (!owner) return [];
  if (typeof value === 'string') return brokenRules(owner.pattern, value, path);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    checkTextRules(memberOf(owner, key), inner, joinPath(path, key)),
  );
}

function brokenRules(pattern: JsonValue | undefined, text: string, path: string): Violation[] {
  if (typeof pattern !== 'string' || isTemplate(text)) return [];
  const broken = RULES.filter((rule) => rule.concerns(pattern) && new RegExp(pattern).test(text) && !rule.isKept(text));
  return broken.map(({ message }) => ({ code: 'VALIDATION_ERROR', path, message }));
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
