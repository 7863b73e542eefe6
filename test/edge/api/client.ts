import { env, SELF } from 'cloudflare:test';
import { drizzle } from 'drizzle-orm/d1';
import { insertApiKey } from '../../../edge/repositories/api-keys.ts';
import { DEFAULT_WORKSPACE } from '../../../edge/repositories/database.ts';
import { generateApiKey, hashApiKey } from '../../../edge/services/api-key.ts';
import { timeOrderedId } from '../../../edge/services/ids.ts';
import type { Scope } from '../../../shared/schemas/api-key.ts';

export const db = drizzle(env.DB);
export const BASE = 'https://api.test';

/** A stored key with these scopes. */
export async function newKey(scopes: Scope[], owner = 'user_123', workspaceId = DEFAULT_WORKSPACE): Promise<string> {
  const { key, prefix } = generateApiKey();
  const created_at = new Date().toISOString();
  const id = timeOrderedId('key', created_at);
  const hash = await hashApiKey(key);
  await insertApiKey(db, { id, workspace_id: workspaceId, prefix, hash, scopes, owner, created_at });
  return key;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the API answers
  body: any;
}

export interface RequestOptions {
  body?: unknown;
  /** Sent as it is, in place of `body`. */
  raw?: BodyInit;
  key?: string | null;
  headers?: Record<string, string>;
}

/** A REST client with one key. */
export function createRest(defaultKey: string) {
  return async (method: string, path: string, options: RequestOptions = {}): Promise<Answer> => {
    const { body, raw, key = defaultKey, headers = {} } = options;
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await SELF.fetch(`${BASE}${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
    });
    const text = await response.text();
    const isJson = text !== '' && response.headers.get('content-type')?.includes('application/json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
}
export type Rest = ReturnType<typeof createRest>;
