import { expect, it } from 'vitest';
import { lostUpdate } from '../../../worker-node/dispatch/engine-close.ts';
import { watchClosed } from '../../../worker-node/dispatch/watch-closed.ts';
import { recordingLogger } from './fixtures.ts';

/** An engine that answers `perLook` runs of those not known yet, then fails while there are more. */
async function watch(runs: number, perLook: number) {
  const closedAt = new Date();
  const all = Array.from({ length: runs }, (_, n) => ({
    executionId: `exec_${n}`,
    attempt: 1,
    runId: `run_${n}`,
    closedAt,
    update: lostUpdate(closedAt),
  }));
  const posts: string[] = [];
  const logger = recordingLogger();
  const end = new AbortController();
  const gateway = {
    async *closedSince(_since: Date, known: (runId: string) => boolean = () => false) {
      const unknown = all.filter(({ runId }) => !known(runId));
      yield* unknown.slice(0, perLook);
      if (unknown.length > perLook) throw new Error('deadline exceeded');
      end.abort();
    },
  };
  const poster = { post: (executionId: string) => void posts.push(executionId) };
  await watchClosed({ gateway, poster, logger, signal: end.signal, everyMs: 1 });
  return { posts, logger };
}

it('goes on behind the runs it has posted when a look breaks off, and warns once', async () => {
  const { posts, logger } = await watch(5, 2);
  expect(posts).toEqual(['exec_0', 'exec_1', 'exec_2', 'exec_3', 'exec_4']);
  expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'debug']);
});
