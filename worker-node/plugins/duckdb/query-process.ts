import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { clipStart } from '../../../shared/domain/clip.ts';
import { PluginError } from '../define-plugin.ts';
import type { Measurement } from '../usage-report.ts';
import type { QueryAnswer, QueryMessage, QueryRequest } from './protocol.ts';
import { pluginErrorOf } from './query-failure.ts';
import type { DuckDBSettings } from './settings.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

/** Runs one request to its end. Throws the abort's reason, or PluginError. */
export type QueryRunner = (request: QueryRequest, observer: QueryObserver) => Promise<QueryAnswer>;

/** Runs a request with the settings of the worker. */
export type RunQuery = (
  request: Omit<QueryRequest, keyof DuckDBSettings>,
  observer: QueryObserver,
) => Promise<QueryAnswer>;

export interface QueryObserver {
  signal: AbortSignal;
  /** Null where DuckDB cannot tell. */
  onProgress?(percentage: number | null): void;
  onUsage?(usage: Measurement): void;
}

/**
 * Runs one request in a process of its own: an abort ends it at once whatever DuckDB is busy with, and neither lack of
 * memory nor a fault in DuckDB's native code reaches the worker.
 */
export const runInProcess: QueryRunner = (request, { signal, onProgress, onUsage }) => {
  signal.throwIfAborted();
  // Of the worker's environment it needs nothing, so it sees nothing. It has a group of its own: Ctrl-C in a terminal
  // is for the worker alone.
  const child = fork(CHILD, {
    env: { TZ: 'UTC' },
    execArgv: [],
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = clipStart(stderr + text, 2_000);
  });
  // An answer that is there already is read first: a worker that was frozen or busy learns of both at once.
  const abort = () => setImmediate(() => child.kill('SIGKILL'));
  signal.addEventListener('abort', abort, { once: true });

  return new Promise((resolve, reject) => {
    child.on('message', (message: QueryMessage) => {
      onUsage?.(message.usage);
      if (message.kind === 'tick') onProgress?.(message.percentage);
      else if (message.kind === 'answer') resolve(message.answer);
      else reject(pluginErrorOf(message.failure));
    });
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      signal.removeEventListener('abort', abort);
      // Without effect once it has answered.
      reject(signal.aborted ? signal.reason : crashed(killedBy ?? `exit code ${code}`, stderr));
    });
    child.send(request, (error) => {
      // A process that is gone already is reported by its end.
      if (error && child.exitCode === null && child.signalCode === null) reject(error);
    });
  });
};

function crashed(how: string, stderr: string): PluginError {
  const message = `DuckDB's process ended unexpectedly (${how})${stderr && `: ${stderr.trim()}`}`;
  return new PluginError({ code: 'DUCKDB_CRASHED', message, retryable: true });
}
