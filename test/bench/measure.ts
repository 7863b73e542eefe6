/** Statistics of one row of the table. */

export const median = (values: readonly number[]): number => percentile(values, 50);

/** Nearest-rank percentile; NaN for none. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}

export const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** Work that ours and the baseline did in turn. */
export interface Comparison {
  name: string;
  ours_ms: number;
  baseline_ms: number;
  /** Median over the rounds of ours / baseline of that round. */
  ratio: number;
  rounds: number;
}

/** Latencies of ours alone. */
export interface Latency {
  name: string;
  p50_ms: number;
  p95_ms: number;
  samples: number;
}

export type Result = Comparison | Latency;

export function compare(name: string, rounds: readonly { ours: number; baseline: number }[]): Comparison {
  return {
    name,
    ours_ms: rounded(median(rounds.map((round) => round.ours))),
    baseline_ms: rounded(median(rounds.map((round) => round.baseline))),
    ratio: rounded(median(rounds.map((round) => round.ours / round.baseline)), 3),
    rounds: rounds.length,
  };
}

export function latency(name: string, samples: readonly number[]): Latency {
  return {
    name,
    p50_ms: rounded(percentile(samples, 50)),
    p95_ms: rounded(percentile(samples, 95)),
    samples: samples.length,
  };
}

/** The results as a table for people. */
export function table(results: readonly Result[]): string {
  const head = ['', 'ours ms', 'baseline ms', 'ratio', 'p50 ms', 'p95 ms'];
  const rows = results.map((row) =>
    'ratio' in row
      ? [row.name, row.ours_ms, row.baseline_ms, row.ratio, '', '']
      : [row.name, '', '', '', row.p50_ms, row.p95_ms],
  );
  const lines = [head, ...rows].map((row) =>
    row.map((cell, i) => (i === 0 ? String(cell).padEnd(16) : String(cell).padStart(12))).join(''),
  );
  return lines.join('\n');
}
