import { randomText } from './ids.ts';

/** Form of a key: `wf_{prefix}_{secret}`; the prefix may be shown, 160 random bits stay secret. */
export const API_KEY = /^wf_([0-9a-z]{8})_[0-9a-z]{32}$/;

/** A new key. Only its hash is ever stored. */
export function generateApiKey(): { key: string; prefix: string } {
  const prefix = randomText(8);
  return { prefix, key: `wf_${prefix}_${randomText(32)}` };
}

/** SHA-256 in hexadecimal: enough for a key of 160 random bits, which nobody guesses. */
export async function hashApiKey(key: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
