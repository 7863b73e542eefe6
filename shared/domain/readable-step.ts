import { LIMITS } from '../limits.ts';
import type { JsonObject } from '../schemas/json.ts';
import { type Resources, Step } from '../schemas/workflow.ts';
import type { ReadableDagStep } from './dag.ts';
import { isObject } from './is-object.ts';

/** A step as far as it can be read: null stands for what cannot be, undefined for what is left out. Every step is one. */
export interface ReadableStep extends ReadableDagStep {
  plugin: string | null;
  operation: string | null;
  config?: JsonObject | null | undefined;
  timeout?: string | null | undefined;
  resources?: Resources | null | undefined;
}

type Schema<T> = { safeParse(value: unknown): { data?: T } };

const { plugin, operation, config, timeout, resources } = Step.shape;

/** What can be read of a step, or of anything in its place, that the schema may refuse. */
export function readStep(value: unknown): ReadableStep {
  const fields = isObject(value) ? value : {};
  // A key that is unknown may be a misspelt one: then what is left out is not known either.
  const leftOut = Object.keys(fields).every((key) => Object.hasOwn(Step.shape, key)) ? undefined : null;
  const readOptional = <T>(schema: Schema<T>, field: unknown) =>
    field === undefined ? leftOut : readField(schema, field);
  return {
    // As others name it, be it fit for an id or not.
    id: typeof fields.id === 'string' ? fields.id : null,
    plugin: readField(plugin, fields.plugin),
    operation: readField(operation, fields.operation),
    depends_on: fields.depends_on === undefined ? leftOut : readNames(fields.depends_on),
    config: readOptional(config, fields.config),
    timeout: readOptional(timeout, fields.timeout),
    resources: readOptional(resources, fields.resources),
  };
}

/** The value if the schema takes it, else null. */
export const readField = <T>(schema: Schema<T>, value: unknown): T | null => schema.safeParse(value).data ?? null;

function readNames(value: unknown): ReadableDagStep['depends_on'] {
  if (!Array.isArray(value) || value.length > LIMITS.steps) return null;
  return value.map((name) => (typeof name === 'string' ? name : null));
}
