import { availableParallelism, totalmem } from 'node:os';

/** What one query may use. */
export interface DuckDBSettings {
  /** As DuckDB writes sizes: 4GiB. */
  memoryLimit: string;
  threads: number;
}

/**
 * Settings from the worker's environment: `WF_DUCKDB_MEMORY_LIMIT` (default: 80 % of the memory divided by the cores,
 * since as many queries run at once as there are cores) and `WF_DUCKDB_THREADS` (default: the cores).
 */
export function duckdbSettings(env: Readonly<Record<string, string | undefined>>): DuckDBSettings {
  const cores = availableParallelism();
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return {
    memoryLimit: env.WF_DUCKDB_MEMORY_LIMIT || `${Math.floor((memory * 0.8) / cores / 2 ** 20)}MiB`,
    threads: Number(env.WF_DUCKDB_THREADS) || cores,
  };
}
