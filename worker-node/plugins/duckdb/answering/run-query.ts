import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { isWellFormed } from '../../../../shared/domain/well-formed.ts';
import type { QueryAnswer, QueryRequest } from '../protocol.ts';
import { locating, QueryError } from '../query-error.ts';
import { openInputs } from '../reading/open-inputs.ts';
import { readRows } from './answer-rows.ts';
import { BindingSet } from './bindings.ts';
import { type LastStatement, lastStatement } from './last-statement.ts';
import { materialise } from './result-table.ts';
import { storeResult } from './store-result.ts';

/** What the binding says when DuckDB found nothing, and nothing wrong either. */
const NOTHING_EXTRACTED = 'Error in native callback';

/** Runs all statements in order, each to its end, and answers or stores the rows of the last one. Throws QueryError. */
export async function runQuery(connection: DuckDBConnection, request: QueryRequest): Promise<QueryAnswer> {
  const { sql, target } = request;
  assertWhole(sql);
  const skipped = await locating(null, () => openInputs(connection, request.inputs, join(request.workdir, 'inputs-')));
  const bindings = new BindingSet(request.bindings);
  const result = await locating(sql, async () => {
    const last = await lastOf(connection, sql);
    await runHead(connection, sql.slice(0, last.start), bindings);
    return materialise(connection, sql, { last, bindings });
  });
  const answer = await locating(null, () =>
    'maxRows' in target ? readRows(connection, result, target.maxRows) : storeResult(connection, result, target),
  );
  return { ...answer, skipped };
}

/** DuckDB would stop reading at a NUL, and read half of a character as another one. */
function assertWhole(sql: string): void {
  const at = sql.indexOf('\0');
  if (at >= 0) throw refused(`the SQL holds a NUL character at position ${at + 1}, where DuckDB would stop reading it`);
  if (!isWellFormed(sql)) throw refused('the SQL holds half of a character (a lone surrogate)');
}

async function lastOf(connection: DuckDBConnection, sql: string): Promise<LastStatement> {
  // DuckDB says here what is wrong with the SQL as such.
  await connection.extractStatements(sql).catch((error: Error) => {
    if (error.message !== NOTHING_EXTRACTED) throw error;
    throw refused('the SQL holds no statement', { cause: error });
  });
  return lastStatement(connection, sql);
}

/** Runs the statements before the last one; `head` is their text. */
async function runHead(connection: DuckDBConnection, head: string, bindings: BindingSet): Promise<void> {
  if (head === '') return;
  const statements = await connection.extractStatements(head);
  // A statement is prepared only when those before it have run: it may read what they make.
  for (let index = 0; index < statements.count; index++) {
    const statement = await statements.prepare(index);
    bindings.bind(statement, index);
    await statement.run();
  }
}

function refused(message: string, options?: ErrorOptions): QueryError {
  return new QueryError({ type: 'Parser', message }, options);
}
