import { z } from 'zod';
import { isObject } from '../../shared/domain/is-object.ts';
import { type Violation, violationsError } from '../../shared/errors.ts';

type Properties = Readonly<Record<string, z.core.JSONSchema._JSONSchema>>;
type Values = Record<string, unknown>;

/** What query strings are converted by: the JSON Schema of each property. The schema itself is never coerced. */
export function queryProperties(schema: z.ZodObject): Properties {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {};
}

/**
 * The query as an object. Lists take a repeated parameter, commas, or both; numbers and booleans are converted when they
 * are written as such; anything else stays the text that it is, for the schema to refuse.
 */
export function decodeQuery(query: URLSearchParams, properties: Properties): Values {
  const names = [...new Set(query.keys())];
  // Entries, not assignments: a name may be `__proto__`.
  return Object.fromEntries(names.map((name) => [name, decodeParameter(name, query.getAll(name), properties)]));
}

function decodeParameter(name: string, texts: readonly string[], properties: Properties): unknown {
  const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (isList(schema)) return texts.flatMap((text) => text.split(',')).filter((text) => text !== '');
  if (texts.length > 1) throw violationsError([violation(name, 'is given more than once')]);
  return convert(texts[0] ?? '', schema);
}

const typeOf = (schema: Properties[string] | undefined) => (typeof schema === 'object' ? schema.type : undefined);
const isList = (schema: Properties[string] | undefined) => typeOf(schema) === 'array';

function convert(text: string, schema: Properties[string] | undefined): unknown {
  const type = typeOf(schema);
  if (type === 'integer' || type === 'number') return /^-?\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : text;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}

/** One input out of the parts of a request. A value in two places must be the same in both. Throws VALIDATION_ERROR. */
export function mergeInput({ path, query, body }: { path: Values; query: Values; body: unknown }): Values {
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
