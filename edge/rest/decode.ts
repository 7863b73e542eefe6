import { z } from 'zod';
import { isObject } from '../../shared/domain/is-object.ts';
import { mostImportant, toViolations, unknownNameMessages } from '../../shared/domain/violations.ts';
import { type Violation, violationsError } from '../../shared/errors.ts';

type JsonSchema = z.core.JSONSchema._JSONSchema;
type Values = Record<string, unknown>;

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
    throw violationsError(mostImportant([...violations, ...(error ? toViolations(error, schema) : [])]));
  };
}

/**
 * The query as an object, by the JSON Schema of each property. Lists take a repeated parameter, commas, or both; numbers
 * and booleans are converted when they are written as such; anything else stays the text that it is, for the schema to
 * refuse. What cannot be a value is left out, with a violation.
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
    const texts = query.getAll(name);
    if (typeOf(schema) === 'array')
      values[name] = texts.flatMap((text) => text.split(',')).filter((text) => text !== '');
    else if (texts.length > 1) violations.push(violation(name, 'is given more than once'));
    else values[name] = convert(texts[0] ?? '', typeOf(schema));
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

const typeOf = (schema: JsonSchema) => (typeof schema === 'object' ? schema.type : undefined);

function convert(text: string, type: ReturnType<typeof typeOf>): unknown {
  if (type === 'integer' || type === 'number') return /^-?\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : text;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
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
