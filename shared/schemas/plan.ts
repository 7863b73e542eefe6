import { z } from 'zod';
import { JsonObject } from './json.ts';
import { Slot } from './plugin.ts';
import { Resources } from './workflow.ts';

/** One step as run-pipeline needs it: defaults filled in, durations in milliseconds. */
export const PlanStep = z.object({
  id: z.string(),
  plugin: z.string(),
  operation: z.string(),
  depends_on: z.array(z.string()),
  slot: Slot,
  /** True when run-pipeline performs the operation itself, as a durable timer. */
  in_engine: z.boolean(),
  retry: z.object({
    max_attempts: z.int(),
    initial_interval_ms: z.int(),
    backoff_coefficient: z.number(),
    max_interval_ms: z.int(),
    non_retryable_errors: z.array(z.string()),
  }),
  timeout_ms: z.int(),
  /** Steps whose output or status the config's expressions read. */
  refs: z.array(z.string()),
});
export type PlanStep = z.infer<typeof PlanStep>;

/** What a step needs only when it runs: kept apart so that large configs stay out of the engine's history. */
export const StepSpec = z.object({ config: JsonObject, resources: Resources.nullable() });
export type StepSpec = z.infer<typeof StepSpec>;

/** How an execution runs: fixed when it is accepted, never changed under way. Steps are in definition order. */
export const Plan = z.object({
  /** Time limit of the whole execution in milliseconds; null for none. */
  timeout_ms: z.int().nullable(),
  steps: z.array(PlanStep),
  /** By step id. */
  specs: z.record(z.string(), StepSpec),
});
export type Plan = z.infer<typeof Plan>;
