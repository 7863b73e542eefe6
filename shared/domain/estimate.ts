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
