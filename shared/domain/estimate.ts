import type { CreatedWorkflow } from '../schemas/workflow.ts';
import { criticalPath, type DagStep } from './dag.ts';

/** Seconds that earlier, completed tries of each step took, by step id. */
export type DurationSamples = ReadonlyMap<string, readonly number[]>;

/**
 * When an execution that starts at `from` (ISO 8601) will probably be complete: the critical path over the steps' median
 * durations. Null unless every step has a sample.
 */
export function estimateCompletion(
  { steps, from }: { steps: readonly DagStep[]; from: string },
  samples: DurationSamples,
): string | null {
  const medians = mediansOf(steps, samples);
  if (!medians) return null;
  const { duration } = criticalPath(steps, ({ id }) => medians.get(id) ?? 0);
  return new Date(Date.parse(from) + Math.round(duration * 1_000)).toISOString();
}

/** What of a step its cost depends on. */
export interface CostStep extends DagStep {
  resources?: { min_workers?: number | undefined; max_workers?: number | undefined } | null | undefined;
}

/**
 * Compute hours of one execution: the sum of the steps' median durations, one machine each. Null without a sample for
 * every step, and when a step asks for cluster workers, whose number is known only afterwards. No price is configured,
 * so `estimated_usd` is null: an unknown price is never counted as 0.
 */
export function estimateCost(steps: readonly CostStep[], samples: DurationSamples): CreatedWorkflow['estimated_cost'] {
  const medians = mediansOf(steps, samples);
  const usesCluster = steps.some(
    ({ resources }) => resources?.min_workers !== undefined || resources?.max_workers !== undefined,
  );
  if (!medians || usesCluster) return { compute_hours: null, estimated_usd: null };
  const seconds = [...medians.values()].reduce((sum, median) => sum + median, 0);
  return { compute_hours: Math.round((seconds / 3_600) * 1e6) / 1e6, estimated_usd: null };
}

function mediansOf(steps: readonly DagStep[], samples: DurationSamples): Map<string, number> | null {
  const medians = new Map<string, number>();
  for (const { id } of steps) {
    const sorted = [...(samples.get(id) ?? [])].sort((a, b) => a - b);
    const middle = sorted[Math.floor(sorted.length / 2)];
    const below = sorted[Math.ceil(sorted.length / 2) - 1];
    if (middle === undefined || below === undefined) return null;
    medians.set(id, (middle + below) / 2);
  }
  return medians;
}
