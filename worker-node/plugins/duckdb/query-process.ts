import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { clipStart } from '../../../shared/domain/clip.ts';
import { PluginError } from '../define-plugin.ts';
import type { Measurement } from '../usage-report.ts';
import type { QueryAnswer, QueryFailure, QueryMessage, QueryRequest } from './protocol.ts';

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

export interface QueryObserver {
  signal: AbortSignal;
  /** Null where DuckDB cannot tell. */
  onProgress?(percentage: number | null): void;
  onUsage?(usage: Measurement): void;
}

/**
 * Runs one request in a process of its own: an abort ends it at once whatever DuckDB is busy with, and neither lack of
 * memory nor a fault in DuckDB's native code reaches the worker. Throws the abort's reason, or PluginError.
 */
export function runInProcess(
  request: QueryRequest,
  { signal, onProgress, onUsage }: QueryObserver,
): Promise<QueryAnswer> {
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
      else reject(sqlError(message.failure));
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
}

function sqlError({ type, message, code, at }: QueryFailure): PluginError {
  if (code !== undefined) return new PluginError({ code, message, retryable: false });
  const where = at ? ` (line ${at.line}, column ${at.column})` : '';
  const details = { type, ...(at && { line: at.line, column: at.column }) };
  if (type === 'Permission') {
    const advice = 'a query reads only its `inputs` and writes only through `output`';
    return new PluginError({
      code: 'ACCESS_DENIED',
      message: `${message}${where}; ${advice}`,
      retryable: false,
      details,
    });
  }
  // Disk full, file gone: may pass by itself, unlike everything that the SQL itself is to blame for.
  const retryable = type === 'IO';
  return new PluginError({
    code: retryable ? 'IO_ERROR' : 'SQL_ERROR',
    message: `${type} Error: ${message}${where}`,
    retryable,
    details,
  });
}

function crashed(how: string, stderr: string): PluginError {
  const message = `DuckDB's process ended unexpectedly (${how})${stderr && `: ${stderr.trim()}`}`;
  return new PluginError({ code: 'DUCKDB_CRASHED', message, retryable: true });
}
