import { runQuery } from '../../../../worker-node/plugins/duckdb/answering/run-query.ts';
import { QueryError } from '../../../../worker-node/plugins/duckdb/query-error.ts';
import { pluginErrorOf } from '../../../../worker-node/plugins/duckdb/query-failure.ts';
import type { QueryRunner } from '../../../../worker-node/plugins/duckdb/query-process.ts';
import { openSandbox } from '../../../../worker-node/plugins/duckdb/sandbox.ts';

/**
 * Answers as the process of a query does, without the process: tests of values ask many queries. What the process itself
 * does (stops, crashes, usage) is tested with it.
 */
export const runHere: QueryRunner = async (request) => {
  const connection = await openSandbox(request);
  try {
    // What goes between processes is JSON.
    return JSON.parse(JSON.stringify(await runQuery(connection, request)));
  } catch (error) {
    throw error instanceof QueryError ? pluginErrorOf(error.failure) : error;
  } finally {
    connection.closeSync();
  }
};
