import { z } from 'zod';

/** The schema that a value at `path` is held against: through optional and nullable wrappers. Null when the path leaves the schema. */
export function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | null {
  const inner = unwrap(schema);
  const [key, ...rest] = path;
  if (key === undefined) return inner;
  const next = member(inner, key);
  return next ? schemaAt(next, rest) : null;
}

function member(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType | null {
  if (schema instanceof z.core.$ZodObject) {
    const shape: Record<PropertyKey, z.core.$ZodType> = schema._zod.def.shape;
    return Object.hasOwn(shape, key) ? (shape[key] ?? null) : null;
  }
  if (schema instanceof z.core.$ZodArray) return schema._zod.def.element;
  if (schema instanceof z.core.$ZodRecord) return schema._zod.def.valueType;
  return null;
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.core.$ZodOptional ||
    schema instanceof z.core.$ZodNullable ||
    schema instanceof z.core.$ZodDefault
  ) {
    return unwrap(schema._zod.def.innerType);
  }
  return schema;
}
