import { join } from 'node:path';
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { isWellFormed } from '../../../../shared/domain/well-formed.ts';
import type { QueryAnswer, QueryRequest } from '../protocol.ts';
import { locating, QueryError } from '../query-error.ts';
import { openInputs } from '../reading/open-inputs.ts';
import { readRows } from './answer-rows.ts';
import { BindingSet } from './bindings.ts';
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
    const last = await runAllButLast(connection, sql, bindings);
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

async function runAllButLast(
  connection: DuckDBConnection,
  sql: string,
  bindings: BindingSet,
): Promise<DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(sql).catch((error: Error) => {
    if (error.message !== NOTHING_EXTRACTED) throw error;
    throw refused('the SQL holds no statement', { cause: error });
  });
  // A statement is prepared only when those before it have run: it may read what they make.
  for (let index = 0; index < statements.count - 1; index++) {
    const statement = await statements.prepare(index);
    bindings.bind(statement, index);
    await statement.run();
  }
  return statements.prepare(statements.count - 1);
}

function refused(message: string, options?: ErrorOptions): QueryError {
  return new QueryError({ type: 'Parser', message }, options);
}
