import { tmpdir } from 'node:os';
import { type Availability, definePlugin, type Plugin } from '../define-plugin.ts';
import { mapUnexpected } from '../map-unexpected.ts';
import { extractData } from './extract-data.ts';
import { query } from './query.ts';
import { runInProcess } from './query-process.ts';
import { type DuckDBSettings, duckdbSettings } from './settings.ts';

/** SQL by an embedded DuckDB, in a sandboxed process per query. */
export function duckdb({ env }: { env: Readonly<Record<string, string | undefined>> }): Plugin {
  const settings = duckdbSettings(env);
  return definePlugin({
    name: 'duckdb',
    summary: 'SQL over CSV, Parquet and JSON files and artifacts, with an embedded DuckDB.',
    operations: { query: query(settings), extract_data: extractData(settings) },
    availability: () => availability(settings),
    mapError: mapUnexpected,
  });
}

/** Asks DuckDB itself: its native part is an optional package per platform, and may be absent or not load. */
async function availability(settings: DuckDBSettings): Promise<Availability> {
  const request = { sql: 'SELECT 1', bindings: [], inputs: [], workdir: tmpdir(), ...settings, target: { maxRows: 1 } };
  try {
    await runInProcess(request, { signal: new AbortController().signal });
    return { available: true };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      available: false,
      reason: `DuckDB does not run here: ${why}. Install with optional dependencies, and check WF_DUCKDB_MEMORY_LIMIT and WF_DUCKDB_THREADS.`,
    };
  }
}
