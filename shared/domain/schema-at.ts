import { z } from 'zod';

/**
 * The schema that the value at `path` of `root` is held against: through optional and nullable wrappers, and through unions to
 * the branch whose literals `root` has. Null when the path leaves the schema.
 */
export function schemaAt(
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
  root?: unknown,
): z.core.$ZodType | null {
  const inner = unwrap(schema);
  const [key, ...rest] = path;
  if (key === undefined) return inner;
  const next = member(inner instanceof z.core.$ZodUnion ? (branchOf(inner, root) ?? inner) : inner, key);
  return next ? schemaAt(next, rest, valueUnder(root, key)) : null;
}

/** As `schemaAt`; of a union, the branch whose literals the value has. */
export function branchAt(schema: z.core.$ZodType, path: readonly PropertyKey[], root: unknown): z.core.$ZodType | null {
  const found = schemaAt(schema, path, root);
  return found instanceof z.core.$ZodUnion ? branchOf(found, valueAt(root, path)) : found;
}

/** The only branch for objects whose literals, and keys that must be absent, are those of the value. */
function branchOf(union: z.core.$ZodUnion, value: unknown): z.core.$ZodType | null {
  const branches = union._zod.def.options.filter((option) => {
    if (!(option instanceof z.core.$ZodObject)) return false;
    return Object.entries(option._zod.def.shape as Record<string, z.core.$ZodType>).every(([key, field]) => {
      const inner = unwrap(field);
      const given = valueUnder(value, key);
      if (inner instanceof z.core.$ZodNever) return given === undefined;
      return !(inner instanceof z.core.$ZodLiteral) || inner._zod.def.values.some((literal) => literal === given);
    });
  });
  return branches.length === 1 ? (branches[0] ?? null) : null;
}

/** The value at `path` of `root`; undefined where the path leads nowhere. */
export const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown => path.reduce(valueUnder, root);

function valueUnder(root: unknown, key: PropertyKey): unknown {
  return typeof root === 'object' && root !== null ? Reflect.get(root, key) : undefined;
}

function member(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType | null {
  if (schema instanceof z.core.$ZodObject) {
    const shape: Record<PropertyKey, z.core.$ZodType> = schema._zod.def.shape;
    return (Object.hasOwn(shape, key) ? shape[key] : schema._zod.def.catchall) ?? null;
  }
  if (schema instanceof z.core.$ZodArray) return schema._zod.def.element;
  if (schema instanceof z.core.$ZodRecord) return schema._zod.def.valueType;
  return null;
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  // What JSON Schema says of the names of keys is checked before their values.
  if (schema instanceof z.core.$ZodPipe) return unwrap(schema._zod.def.out);
  if (
    schema instanceof z.core.$ZodOptional ||
    schema instanceof z.core.$ZodNullable ||
    schema instanceof z.core.$ZodDefault
  ) {
    return unwrap(schema._zod.def.innerType);
  }
  return schema;
}
