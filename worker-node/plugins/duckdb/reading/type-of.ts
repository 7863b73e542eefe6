import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';

/** The type that a name of DuckDB stands for. Throws when there is none. */
export async function typeOf(connection: DuckDBConnection, name: string): Promise<DuckDBType> {
  const statements = await connection.extractStatements(`SELECT CAST(NULL AS ${name})`);
  if (statements.count !== 1) throw new Error(`"${name}" is not one type`);
  const statement = await statements.prepare(0);
  if (statement.columnCount !== 1) throw new Error(`"${name}" is not one type`);
  return statement.columnType(0);
}
