import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { insertApiKey } from '../../edge/repositories/api-keys.ts';
import { type Database, DEFAULT_WORKSPACE } from '../../edge/repositories/database.ts';
import { generateApiKey, hashApiKey } from '../../edge/services/api-key.ts';
import { timeOrderedId } from '../../edge/services/ids.ts';
import { Scope } from '../../shared/schemas/api-key.ts';

/** The API keys of a local stack. They stay in its data folder, so that a restart keeps them. */
export interface LocalKeys {
  /** All scopes, for the user. */
  user: LocalKey;
  /** Scope `worker`, for the worker process. */
  worker: LocalKey;
}

interface LocalKey {
  key: string;
  prefix: string;
}

/** Where the keys of a data folder lie. */
export const keysFile = (dataDir: string): string => join(dataDir, 'api-keys.json');

export function readLocalKeys(dataDir: string): LocalKeys {
  return JSON.parse(readFileSync(keysFile(dataDir), 'utf8')) as LocalKeys;
}

/** Reads the keys of `dataDir`, makes them when there are none. Only this user can read the file. */
export function ensureLocalKeys(dataDir: string): LocalKeys {
  const file = keysFile(dataDir);
  if (existsSync(file)) return readLocalKeys(dataDir);
  const keys: LocalKeys = { user: generateApiKey(), worker: generateApiKey() };
  writeFileSync(`${file}.draft`, JSON.stringify(keys, null, 2), { mode: 0o600 });
  renameSync(`${file}.draft`, file);
  return keys;
}

/** Makes the keys valid in `db`; only their hashes are stored there. A key that is there already stays as it is. */
export async function insertLocalKeys(db: Database, keys: LocalKeys): Promise<void> {
  const created_at = new Date().toISOString();
  const insert = async ({ key, prefix }: LocalKey, owner: string, scopes: Scope[]) =>
    insertApiKey(db, {
      id: timeOrderedId('key', created_at),
      workspace_id: DEFAULT_WORKSPACE,
      prefix,
      hash: await hashApiKey(key),
      scopes,
      owner,
      created_at,
    });
  await insert(keys.user, 'local', [...Scope.options]);
  await insert(keys.worker, 'local-worker', ['worker']);
}
