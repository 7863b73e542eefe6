import { beforeAll } from 'vitest';
import { createRest, newKey, type Rest } from './client.ts';
import { announceWorker } from './worker.ts';

/** A key that may read and write, and a client with it; a worker is connected. */
export let key: string;
export let rest: Rest;

beforeAll(async () => {
  await announceWorker();
  key = await newKey(['read', 'write']);
  rest = createRest(key);
});
