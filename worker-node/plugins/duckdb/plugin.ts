import { tmpdir } from 'node:os';
import { type Availability, definePlugin, type Plugin } from '../define-plugin.ts';
import { mapUnexpected } from '../map-unexpected.ts';
import { extractData } from './extract-data.ts';
import { query } from './query.ts';
import { type QueryRunner, type RunQuery, runInProcess } from './query-process.ts';
import { duckdbSettings } from './settings.ts';

interface DuckDBDeps {
  env: Readonly<Record<string, string | undefined>>;
  /** Default: a process per query. */
  runner?: QueryRunner;
}

/** SQL by an embedded DuckDB, in a sandboxed process per query. */
export function duckdb({ env, runner = runInProcess }: DuckDBDeps): Plugin {
  const settings = duckdbSettings(env);
  const run: RunQuery = (request, observer) => runner({ ...request, ...settings }, observer);
  return definePlugin({
    name: 'duckdb',
    summary: 'SQL over CSV, Parquet and JSON files and artifacts, with an embedded DuckDB.',
    operations: { query: query(run), extract_data: extractData(run) },
    availability: () => availability(run),
    mapError: mapUnexpected,
  });
}

/** Asks DuckDB itself: its native part is an optional package per platform, and may be absent or not load. */
async function availability(run: RunQuery): Promise<Availability> {
  const request = { sql: 'SELECT 1', bindings: [], inputs: [], workdir: tmpdir(), target: { maxRows: 1 } };
  try {
    await run(request, { signal: new AbortController().signal });
    return { available: true };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      available: false,
      reason: `DuckDB does not run here: ${why}. Install with optional dependencies, and check WF_DUCKDB_MEMORY_LIMIT and WF_DUCKDB_THREADS.`,
    };
  }
}
