import type { z } from 'zod';
import { toViolations } from '../../shared/domain/violations.ts';
import { violationsError } from '../../shared/errors.ts';

/** A procedure's input: parsed at this border, refused with every violation by path. */
export interface Input<T> {
  readonly _input: T;
  readonly _output: T;
  readonly schema: z.ZodObject;
  parse(value: unknown): T;
}

/** Takes inputs of this schema. Without one given, the input is empty. */
export function accepts<S extends z.ZodObject>(schema: S): Input<z.output<S>> {
  return {
    // Type-level only: how tRPC infers both sides of a parser.
    ...({} as Pick<Input<z.output<S>>, '_input' | '_output'>),
    schema,
    parse(value) {
      const result = schema.safeParse(value ?? {});
      if (result.success) return result.data;
      throw violationsError(toViolations({ issues: result.error.issues, value }, schema));
    },
  };
}

/** A procedure's output: documented by the schema, not parsed again; services are typed, and tests hold answers against it. */
export interface Output<T> {
  (value: unknown): T;
  readonly schema: z.ZodType;
}

export function answers<S extends z.ZodType>(schema: S): Output<z.output<S>> {
  return Object.assign((value: unknown) => value as z.output<S>, { schema });
}
