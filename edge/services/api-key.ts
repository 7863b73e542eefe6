import { sha256 } from '../sha256.ts';
import { randomText } from './ids.ts';

/** Form of a key: `wf_{prefix}_{secret}`; the prefix may be shown, 160 random bits stay secret. */
export const API_KEY = /^wf_([0-9a-z]{8})_[0-9a-z]{32}$/;

/** A new key. Only its hash is ever stored. */
export function generateApiKey(): { key: string; prefix: string } {
  const prefix = randomText(8);
  return { prefix, key: `wf_${prefix}_${randomText(32)}` };
}

/** What is stored of a key. One round is enough for a key of 160 random bits, which nobody guesses. */
export const hashApiKey = (key: string): Promise<string> => sha256(key);
