import { z } from 'zod';
import { LIMITS } from '../../../shared/limits.ts';
import { StepUsage } from '../../../shared/schemas/execution.ts';
import type { JsonObject } from '../../../shared/schemas/json.ts';

const share = z.number().min(0).max(100);
/** Finite, and such that sums over all steps of an execution stay so. */
const amount = z.number().min(0).max(1e12);

/** What a script may say of its resources: figures that can be true. */
const ScriptUsage = StepUsage.partial().extend({
  cluster_id: z.string().max(LIMITS.clusterId).nullish(),
  workers: z.int().min(0).max(100_000).nullish(),
  cpu_usage: share.nullish(),
  memory_usage: share.nullish(),
  cpu_seconds: amount.optional(),
  peak_memory_mb: amount.optional(),
  peak_cpu_cores: amount.optional(),
  cost_usd: amount.optional(),
});

/** The figures that can be true; the others are complained of and left out. */
export function readUsage(fields: JsonObject): { usage: Partial<StepUsage>; complaints: string[] } {
  const parsed = ScriptUsage.safeParse(fields);
  if (parsed.success) return { usage: parsed.data as Partial<StepUsage>, complaints: [] };
  const wrong = new Set(parsed.error.issues.map(({ path }) => String(path[0])));
  const right = Object.entries(fields).filter(([name]) => !wrong.has(name));
  const rest = ScriptUsage.safeParse(Object.fromEntries(right));
  return { usage: (rest.data ?? {}) as Partial<StepUsage>, complaints: [z.prettifyError(parsed.error)] };
}
