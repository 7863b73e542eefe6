import { AppError } from '../../shared/errors.ts';
import { hasScope, type Scope } from '../../shared/schemas/api-key.ts';
import { type ApiKeyRow, findApiKey } from '../repositories/api-keys.ts';
import type { Database } from '../repositories/database.ts';
import { API_KEY, hashApiKey } from './api-key.ts';

/** Who asks, and for which workspace. */
export interface Caller {
  workspaceId: string;
  /** Goes into `created_by` and `triggered_by`. */
  owner: string;
}

/** A request as use cases see it. */
export interface Call {
  caller: Caller;
  /** ISO 8601 in UTC with milliseconds. */
  now: string;
  requestId: string;
  /** W3C trace id, 32 hexadecimal digits. */
  traceId: string;
  idempotencyKey: string | null;
  /** HTTP status of the operation's success. */
  status: number;
}

/** How long a key that was found good is taken for good: where it was used, a revoked one works this much longer. */
const REMEMBER_MS = 5_000;
const MOST_KEYS = 1_000;

/** Keys that were found good a moment ago, so that requests in a row with the same key cost one query. */
export interface KnownKeys {
  get(key: string): ApiKeyRow | undefined;
  put(key: string, row: ApiKeyRow): void;
}

export function createKnownKeys(now: () => number = Date.now): KnownKeys {
  const known = new Map<string, { row: ApiKeyRow; until: number }>();
  return {
    get(key) {
      const found = known.get(key);
      return found && found.until > now() ? found.row : undefined;
    },
    put(key, row) {
      if (known.size >= MOST_KEYS) known.clear();
      known.set(key, { row, until: now() + REMEMBER_MS });
    },
  };
}

/**
 * Checks that the holder of `key` may do what needs `scope`; the key is looked up once, however often it is asked.
 * Throws UNAUTHENTICATED without a valid key, FORBIDDEN when the key lacks the scope.
 */
export function createAuthorizer(
  db: Database,
  known: KnownKeys,
  key: string | null,
): (scope: Scope) => Promise<Caller> {
  let found: Promise<ApiKeyRow> | undefined;
  return async (scope) => {
    found ??= authenticate(db, known, key);
    const { workspace_id, owner, scopes } = await found;
    if (!hasScope(scopes, scope)) throw new AppError('FORBIDDEN', `this API key lacks the scope "${scope}"`);
    return { workspaceId: workspace_id, owner };
  };
}

async function authenticate(db: Database, known: KnownKeys, key: string | null): Promise<ApiKeyRow> {
  if (key === null) throw new AppError('UNAUTHENTICATED', 'send an API key in the header "Authorization: Bearer wf_…"');
  const remembered = known.get(key);
  if (remembered) return remembered;
  const row = API_KEY.test(key) ? await findApiKey(db, await hashApiKey(key)) : null;
  if (row === null) throw new AppError('UNAUTHENTICATED', 'the API key is unknown or revoked');
  known.put(key, row);
  return row;
}
