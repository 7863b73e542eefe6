import { z } from 'zod';
import { Priority } from './execution.ts';
import { JsonObject } from './json.ts';
import { Plan } from './plan.ts';

/** What expressions and activities know of an execution; fixed for an attempt. */
export const RunContext = z.object({
  execution: z.object({
    id: z.string(),
    name: z.string().nullable(),
    attempt: z.int(),
    created_at: z.string(),
    scheduled_at: z.string().nullable(),
  }),
  workflow: z.object({ id: z.string(), name: z.string(), version: z.string() }),
  parameters: JsonObject,
});
export type RunContext = z.infer<typeof RunContext>;

/** What a run of an attempt needs to start. */
export const StartPayload = z.object({
  context: RunContext,
  priority: Priority,
  /** Null when it is over LIMITS.inlinePlanBytes: then `GET /internal/plans/{execution_id}/{attempt}` answers it. */
  plan: Plan.nullable(),
});
export type StartPayload = z.infer<typeof StartPayload>;

/** How an attempt is to stop; see StopExecutionInput. */
export const StopPayload = z.object({
  reason: z.string().nullable(),
  graceful: z.boolean(),
  cleanup_resources: z.boolean(),
  save_partial_results: z.boolean(),
});
export type StopPayload = z.infer<typeof StopPayload>;

const base = { id: z.string(), execution_id: z.string(), attempt: z.int().min(1) };

/**
 * Commands: what the edge asks of a worker. Stored before the API answers, delivered in order per execution, one in
 * flight per execution, again until acknowledged; a worker applies them idempotently.
 */
export const Command = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), ...base, payload: StartPayload }),
  z.object({ type: z.literal('stop'), ...base, payload: StopPayload }),
  /** Post the truth about a run that nobody mentioned for a while. */
  z.object({ type: z.literal('reconcile'), ...base, payload: z.object({}) }),
]);
export type Command = z.infer<typeof Command>;

/** The workflow id of an attempt in the engine. */
export const engineWorkflowId = (executionId: string, attempt: number): string => `${executionId}.${attempt}`;
