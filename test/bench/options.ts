import { parseArgs } from 'node:util';

/** Work that ours and the baseline do in turn. */
export const COMPARISONS = [
  { name: 'chain_100', workflow: 'chain', size: 100, count: 1 },
  { name: 'fanout_1000', workflow: 'fanout', size: 1_000, count: 1 },
  { name: 'burst_200x4', workflow: 'chain', size: 4, count: 200 },
] as const;
/** Rows that ours has alone; they are measured together. */
export const LATENCIES = ['accepted', 'first_step', 'event_to_viewer'] as const;

const ROWS: readonly string[] = [...COMPARISONS.map(({ name }) => name), ...LATENCIES];

export interface BenchOptions {
  json: boolean;
  /** Counted rounds of each comparison. */
  rounds: number;
  /** Whether a row is wanted. */
  wants(row: string): boolean;
}

/** Throws an error that says what is wrong with the arguments. */
export function readBenchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      only: { type: 'string', default: ROWS.join(',') },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 3) throw new Error('--rounds takes a whole number from 3');
  const only = values.only.split(',');
  const unknown = only.find((row) => !ROWS.includes(row));
  if (unknown !== undefined) throw new Error(`--only: there is no row "${unknown}"; there are: ${ROWS.join(', ')}`);
  return { json: values.json, rounds, wants: (row) => only.includes(row) };
}
