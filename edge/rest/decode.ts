import { z } from 'zod';
import { isObject } from '../../shared/domain/is-object.ts';
import { mostImportant, toViolations, unknownNameMessages } from '../../shared/domain/violations.ts';
import { type Violation, violationsError } from '../../shared/errors.ts';

type JsonSchema = z.core.JSONSchema._JSONSchema;
type Values = Record<string, unknown>;

const INTEGER = /^-?\d{1,16}$/;
const BOOLEAN = /^(true|false)$/;

export interface RequestParts {
  path: Values;
  query: URLSearchParams;
  /** Undefined when it is empty, which stands for an empty object. */
  body: unknown;
}

/**
 * Reads the inputs of one operation out of requests. The schema itself has the last word on them later, and is never
 * coerced; only when the request is refused here, it is asked what else is wrong. Throws VALIDATION_ERROR.
 */
export function createInputReader(schema: z.ZodObject): (request: RequestParts) => Values {
  let known: { properties: Readonly<Record<string, JsonSchema>>; required: readonly string[] } | undefined;
  return ({ path, query, body }) => {
    known ??= { properties: {}, required: [], ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) };
    const { properties, required } = known;
    const { values, violations } = decodeQuery(query, properties, Object.keys(path));
    const input = mergeInput({ path, query: values, body: body === undefined ? {} : body });
    const isMissing = body === undefined && required.some((name) => !Object.hasOwn(input, name));
    if (isMissing) violations.unshift(violation('', 'the body is empty'));
    if (violations.length === 0) return input;
    const { error } = schema.safeParse(input);
    throw violationsError(
      mostImportant([...violations, ...(error ? toViolations({ issues: error.issues, value: input }, schema) : [])]),
    );
  };
}

/**
 * The query as an object, by the JSON Schema of each property. Lists take a repeated parameter, commas, or both; numbers
 * and booleans are converted. What cannot be a value is left out, with a violation.
 */
function decodeQuery(
  query: URLSearchParams,
  properties: Readonly<Record<string, JsonSchema>>,
  inPath: readonly string[],
): { values: Values; violations: Violation[] } {
  const values: Values = {};
  const violations: Violation[] = [];
  const unknown: string[] = [];
  for (const name of new Set(query.keys())) {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (schema === undefined) {
      unknown.push(name);
      continue;
    }
    // Of known names alone: each time it walks all parameters.
    const [text = '', ...more] = query.getAll(name);
    const type = typeof schema === 'object' ? schema.type : undefined;
    if (type === 'array')
      values[name] = [text, ...more].flatMap((texts) => texts.split(',')).filter((item) => item !== '');
    else if (more.length > 0) violations.push(violation(name, 'is given more than once'));
    else if (type === 'integer' && !INTEGER.test(text)) violations.push(violation(name, 'must be an integer'));
    else if (type === 'boolean' && !BOOLEAN.test(text)) violations.push(violation(name, 'must be true or false'));
    else values[name] = type === 'integer' ? Number(text) : type === 'boolean' ? text === 'true' : text;
  }
  if (unknown.length > 0) {
    const message = unknownNameMessages(
      'query parameter',
      Object.keys(properties).filter((name) => !inPath.includes(name)),
    );
    violations.unshift(...unknown.map((name) => violation(name, message(name))));
  }
  return { values, violations };
}

/** One input out of the parts of a request. A value in two places must be the same in both. Throws VALIDATION_ERROR. */
function mergeInput({ path, query, body }: { path: Values; query: Values; body: unknown }): Values {
  if (!isObject(body)) throw violationsError([violation('', 'the body must be a JSON object')]);
  const merged = new Map(Object.entries(body));
  for (const [place, values] of Object.entries({ query, path })) {
    for (const [name, value] of Object.entries(values)) {
      if (merged.has(name) && merged.get(name) !== value)
        throw violationsError([violation(name, `differs from the ${name} in the ${place}`)]);
      merged.set(name, value);
    }
  }
  return Object.fromEntries(merged);
}

const violation = (path: string, message: string): Violation => ({ code: 'VALIDATION_ERROR', path, message });
