import type { QueryFailure } from './protocol.ts';

/** How DuckDB refused or failed, taken apart. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly failure: QueryFailure;

  constructor(failure: QueryFailure, options?: ErrorOptions) {
    super(failure.message, options);
    this.failure = failure;
  }
}

/**
 * Runs `work` and turns its errors into QueryErrors that point into `sql`; null when the SQL is not the user's. `shift` is
 * how many bytes of SQL stand before the user's where DuckDB was given more than `sql`, negative for less.
 */
export async function locating<T>(sql: string | null, work: () => Promise<T>, shift = 0): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof QueryError) throw error;
    throw new QueryError(takeApart(error instanceof Error ? error.message : String(error), sql, shift), {
      cause: error,
    });
  }
}

/** Reads the JSON that the setting `errors_as_json` puts into messages. */
export function takeApart(text: string, sql: string | null, shift: number): QueryFailure {
  const parsed = parseJson(/\{.*\}/s.exec(text)?.[0]);
  return {
    type: parsed.exception_type ?? 'Unknown',
    message: parsed.exception_message ?? text,
    ...(sql !== null &&
      parsed.position !== undefined &&
      Number(parsed.position) >= shift && { at: locate(sql, Number(parsed.position) - shift) }),
  };
}

function parseJson(text = '{}'): { exception_type?: string; exception_message?: string; position?: string } {
  try {
    return JSON.parse(text);
  } catch {
    // Plain text that happens to hold braces: shown as it is.
    return {};
  }
}

/** DuckDB counts bytes from 0; people count lines and characters from 1. */
function locate(sql: string, position: number): { line: number; column: number } {
  const lines = Buffer.from(sql).subarray(0, position).toString().split('\n');
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 };
}
