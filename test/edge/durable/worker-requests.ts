import { beforeAll } from 'vitest';
import { newKey } from '../api/client.ts';

/** A key of scope worker. */
export let key: string;

beforeAll(async () => {
  key = await newKey(['worker']);
});

/** JSON nested `levels` deep. */
export const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
