import { z } from 'zod';
import { LIMITS } from '../../../shared/limits.ts';
import { StepUsage } from '../../../shared/schemas/execution.ts';
import { JsonObject } from '../../../shared/schemas/json.ts';
import { LogLevel } from '../../../shared/schemas/log.ts';

const share = z.number().min(0).max(100);
/** Finite, and such that sums over all steps of an execution stay so. */
const amount = z.number().min(0).max(1e12);

/** What a script may say of its resources: figures that can be true. */
const ScriptUsage = StepUsage.partial().extend({
  workers: z.int().min(0).max(100_000).nullish(),
  cpu_usage: share.nullish(),
  memory_usage: share.nullish(),
  cpu_seconds: amount.optional(),
  peak_memory_mb: amount.optional(),
  peak_cpu_cores: amount.optional(),
  cost_usd: amount.optional(),
});

/** What a script writes to descriptor 3, one JSON object per line. */
export const ScriptEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('log'),
    level: LogLevel.default('INFO'),
    message: z.string().max(LIMITS.logMessageBytes),
    metadata: JsonObject.optional(),
  }),
  z.object({
    type: z.literal('progress'),
    percentage: z.number().min(0).max(100).optional(),
    current_operation: z.string().max(1_000).optional(),
  }),
  z.object({ type: z.literal('usage'), ...ScriptUsage.shape }),
  z.object({
    type: z.literal('artifact'),
    name: z.string(),
    path: z.string().describe('Relative to the working folder. The file must not change any more.'),
  }),
  z.object({
    type: z.literal('error'),
    code: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]{0,99}$/)
      .default('SCRIPT_FAILED'),
    message: z.string().max(LIMITS.logMessageBytes),
    retryable: z.boolean().default(true),
    details: JsonObject.optional(),
  }),
]);
export type ScriptEvent = z.infer<typeof ScriptEvent>;

/** The event in a line; a string says why there is none. */
export function parseScriptEvent(line: string): ScriptEvent | string {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return 'not JSON';
  }
  const parsed = ScriptEvent.safeParse(json);
  return parsed.success ? parsed.data : z.prettifyError(parsed.error);
}
