import { expect, it } from 'vitest';
import { AppError } from '../../../shared/errors.ts';
import type { PostLivingInput } from '../../../shared/schemas/update.ts';
import { createLiving } from '../../../worker-node/dispatch/living.ts';
import { range, recordingLogger } from './fixtures.ts';

const LATER = '2026-01-15T14:31:00.000Z';

function setUp(running: { execution_id: string; attempt: number }[] = []) {
  const posts: PostLivingInput[] = [];
  const postLiving = async (living: PostLivingInput) => void posts.push(living);
  const living = createLiving({
    workerId: 'w1',
    edge: { postLiving },
    running: () => running,
    probeEngine: async () => 'up',
    logger: recordingLogger(),
  });
  return { living, posts, running };
}

it('lists running tries and workflows seen since the last report, each once', async () => {
  const { living, posts } = setUp([{ execution_id: 'exec_a', attempt: 1 }]);
  living.seen('exec_a', 1, null);
  living.seen('exec_b', 2, LATER);
  await living.report();
  await living.report();
  expect(posts.map(({ executions }) => executions)).toEqual([
    [
      { execution_id: 'exec_a', attempt: 1 },
      { execution_id: 'exec_b', attempt: 2, quiet_until: LATER },
    ],
    [{ execution_id: 'exec_a', attempt: 1 }],
  ]);
});

it('expects a running try to go on, whatever the workflow announced', async () => {
  const { living, posts } = setUp([{ execution_id: 'exec_a', attempt: 1 }]);
  living.seen('exec_a', 1, LATER);
  await living.report();
  expect(posts[0]?.executions).toEqual([{ execution_id: 'exec_a', attempt: 1 }]);
});

it('says that the worker lives when nothing runs', async () => {
  const { living, posts } = setUp();
  await living.report();
  expect(posts).toEqual([{ worker_id: 'w1', engine: 'up', executions: [] }]);
});

it('splits a list that is too long for one request', async () => {
  const { living, posts } = setUp();
  for (const n of range(0, 10_001)) living.seen(`exec_${n}`, 1, null);
  await living.report();
  expect(posts.map(({ executions }) => executions.length)).toEqual([10_000, 1]);
});

it('tells again what an edge that was away has not heard', async () => {
  const posts: PostLivingInput[] = [];
  let away = true;
  const living = createLiving({
    workerId: 'w1',
    edge: {
      async postLiving(report) {
        if (away) throw new AppError('UNAVAILABLE', 'away');
        posts.push(report);
      },
    },
    running: () => [],
    probeEngine: async () => 'up',
    logger: recordingLogger(),
  });
  living.seen('exec_a', 1, LATER);
  living.seen('exec_b', 1, LATER);
  await living.report();
  living.seen('exec_b', 1, null);
  away = false;
  await living.report();
  expect(posts[0]?.executions).toEqual([
    { execution_id: 'exec_a', attempt: 1, quiet_until: LATER },
    { execution_id: 'exec_b', attempt: 1 },
  ]);
});

it('goes on when the edge is away', async () => {
  const edge = { postLiving: () => Promise.reject(new AppError('UNAVAILABLE', 'away')) };
  const logger = recordingLogger();
  await createLiving({ workerId: 'w1', edge, running: () => [], probeEngine: async () => 'down', logger }).report();
  expect(logger.lines).toMatchObject([{ level: 'debug', error: 'away' }]);
});
