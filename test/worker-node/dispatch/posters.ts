import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { createEdgeClient, type EdgeClient } from '../../../worker-node/dispatch/edge-client.ts';
import { createPoster, type Poster, type PosterOptions } from '../../../worker-node/dispatch/poster.ts';
import { type EdgeServer, KEY, startEdgeServer } from './edge-server.ts';
import { recordingLogger } from './fixtures.ts';

// Anew for each test of the file that imports this module.
export let edge: EdgeServer;
/** The attempts that posters were told are gone. */
export let gone: string[];
export let logger: ReturnType<typeof recordingLogger>;
let client: EdgeClient;
let dir: string;
/** Those that are open. */
export const posters: Poster[] = [];

/** A poster to the edge of this test, closed after it. */
export function newPoster(options: Partial<PosterOptions> = {}): Poster {
  const onGone = (executionId: string, attempt: number) => gone.push(`${executionId}.${attempt}`);
  const poster = createPoster({
    workerId: 'w1',
    edge: client,
    logger,
    spillDir: dir,
    memoryBytes: 32 * 1024 * 1024,
    onGone,
    ...options,
  });
  posters.push(poster);
  return poster;
}

/** Ends a poster in an outage: what it holds goes to the file. */
export const closeInOutage = (poster: Poster): Promise<void> => {
  posters.splice(posters.indexOf(poster), 1);
  return poster.close(0);
};

beforeEach(async () => {
  edge = await startEdgeServer();
  client = createEdgeClient({ url: edge.url, key: KEY, timeoutMs: 300 });
  dir = mkdtempSync(join(tmpdir(), 'poster-'));
  gone = [];
  logger = recordingLogger();
});

afterEach(async () => {
  await Promise.all(posters.splice(0).map((poster) => poster.close(0)));
  await client.close();
  await edge.close();
  rmSync(dir, { recursive: true });
});
