import type { DuckDBConnection } from '@duckdb/node-api';
import type { Measurement } from '../usage-report.ts';
import { runQuery } from './answering/run-query.ts';
import type { QueryMessage, QueryRequest } from './protocol.ts';
import { QueryError } from './query-error.ts';
import { openSandbox } from './sandbox.ts';

const TICK_MS = 250;

// The worker is gone: nobody waits for the answer any more.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

process.once('message', async (request: QueryRequest) => {
  const message = await answer(request);
  // Leaves only when the worker has the answer; without waiting for DuckDB to tidy up memory that goes anyway.
  process.send?.(message, () => process.exit());
});

async function answer(request: QueryRequest): Promise<QueryMessage> {
  let connection: DuckDBConnection | undefined;
  const ticks = setInterval(() => send({ kind: 'tick', percentage: percentage(connection), usage: usage() }), TICK_MS);
  try {
    connection = await openSandbox(request);
    const answer = await runQuery(connection, request);
    return { kind: 'answer', answer, usage: usage() };
  } catch (error) {
    const failure = error instanceof QueryError ? error.failure : { type: 'Unknown', message: String(error) };
    return { kind: 'failure', failure, usage: usage() };
  } finally {
    clearInterval(ticks);
  }
}

/** Null where DuckDB cannot tell. */
function percentage(connection: DuckDBConnection | undefined): number | null {
  const value = connection?.progress.percentage ?? -1;
  return value >= 0 ? Math.min(value, 100) : null;
}

function usage(): Measurement {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return {
    // This process's own clock: how late a message is read has no part in it.
    seconds: performance.now() / 1_000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    memoryMb: process.memoryUsage.rss() / 2 ** 20,
    peakMemoryMb: maxRSS / 1024,
  };
}

function send(message: QueryMessage): void {
  process.send?.(message);
}
