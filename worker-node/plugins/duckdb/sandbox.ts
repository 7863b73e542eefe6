import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import accessors from '@duckdb/node-api/lib/vectors/dataAccessors.js';
import type { QueryRequest } from './protocol.ts';
import { literal } from './sql-text.ts';

// The binding's own decoder drops a U+FEFF where a text begins, as if every value were a file.
Object.assign(accessors, { textDecoder: new TextDecoder('utf-8', { ignoreBOM: true }) });

/** A connection to an empty database that reads the request's files, writes to its working folder, and reaches nothing else. */
export async function openSandbox({ inputs, workdir, memoryLimit, threads }: QueryRequest): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: memoryLimit,
    threads: String(threads),
    temp_directory: `${workdir}/spill`,
    // Otherwise an unknown function makes DuckDB download an extension.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  for (const setting of [
    "TimeZone = 'UTC'",
    'errors_as_json = true',
    // Progress is computed only for the bar, and the bar would go to stdout.
    'enable_progress_bar = true',
    'enable_progress_bar_print = false',
    `allowed_paths = [${inputs.map((input) => literal(input.path)).join(', ')}]`,
    `allowed_directories = [${literal(`${workdir}/`)}]`,
    'enable_external_access = false',
    'lock_configuration = true',
  ]) {
    await connection.run(`SET ${setting}`);
  }
  return connection;
}
