import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginError, StoppedWithOutput } from '../../../worker-node/plugins/define-plugin.ts';
import { planOf } from '../engine/plans.ts';
import { untilAborted } from '../engine/test-plugin.ts';
import { createTestWorker, type TestWorker } from '../engine/test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await createTestWorker();
});
afterAll(() => worker.close());

const stepOf = async (id: string, step: string) => {
  const found = (await worker.edge.ended(id)).step_details.find((detail) => detail.id === step);
  if (!found) throw new Error(`no step ${step}`);
  return found;
};

describe('a step that fails', () => {
  test('is tried again until it completes, and says so meanwhile', async () => {
    const { id } = await worker.start(
      planOf([{ id: 'a', does: 'core.fail', config: { times: 2 }, retry: { max_attempts: 3 } }]),
    );
    expect(await stepOf(id, 'a')).toMatchObject({ status: 'completed', tries: 3, output: { try: 3 }, error: null });
    const types = worker.edge.of(id).updates.map((update) => update.type);
    expect(types.filter((type) => type === 'step_try_failed')).toHaveLength(2);
    expect(worker.edge.of(id).events.filter(({ type }) => type === 'workflow.step.retrying')).not.toHaveLength(0);
  });

  test('fails with its last error once its tries are used up', async () => {
    const { id, handle } = await worker.start(
      planOf([{ id: 'a', does: 'core.fail', config: { code: 'BROKEN' }, retry: { max_attempts: 2 } }]),
    );
    expect(await stepOf(id, 'a')).toMatchObject({
      status: 'failed',
      tries: 2,
      error: { code: 'BROKEN', message: 'Failed on purpose.' },
    });
    expect(worker.edge.view(id)).toMatchObject({ status: 'failed', error: { code: 'BROKEN', step_id: 'a' } });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'BROKEN' } });
  });

  test.each([
    ['its error is not retryable', { config: { retryable: false }, named: [] }],
    ['its retry policy names the code', { config: { code: 'NO' }, named: ['NO'] }],
  ])('is not tried again when %s', async (_, { config, named }) => {
    const retry = { max_attempts: 5, non_retryable_errors: named };
    const { id } = await worker.start(planOf([{ id: 'a', does: 'core.fail', config, retry }]));
    expect(await stepOf(id, 'a')).toMatchObject({ status: 'failed', tries: 1 });
  });

  test('skips all that depends on it, and hinders nothing else', async () => {
    const { id } = await worker.start(
      planOf([
        { id: 'bad', does: 'core.fail' },
        { id: 'after', depends_on: ['bad'] },
        { id: 'later', depends_on: ['after', 'good'] },
        { id: 'good', config: { delay: '50ms' } },
        { id: 'best', depends_on: ['good'] },
      ]),
    );
    const execution = await worker.edge.ended(id);
    expect(execution).toMatchObject({ status: 'failed', error: { code: 'FAILED', step_id: 'bad' } });
    expect(Object.fromEntries(execution.step_details.map((detail) => [detail.id, detail.status]))).toEqual({
      bad: 'failed',
      after: 'skipped',
      later: 'skipped',
      good: 'completed',
      best: 'completed',
    });
    expect(await stepOf(id, 'later')).toMatchObject({
      tries: 0,
      error: { code: 'DEPENDENCY_FAILED', details: { step_id: 'bad' } },
    });
  });

  test('waits longer before every further try, up to the longest interval', async () => {
    const retry = { max_attempts: 4, initial_interval_ms: 40, backoff_coefficient: 3, max_interval_ms: 100 };
    const { id } = await worker.start(planOf([{ id: 'a', does: 'core.fail', retry }]));
    await worker.edge.ended(id);
    const waits = worker.edge
      .of(id)
      .updates.flatMap((update) =>
        update.type === 'step_decided' && update.next_try_at
          ? Date.parse(update.next_try_at) - Date.parse(update.at)
          : [],
      );
    expect(waits).toEqual([40, 100, 100]);
  });
});

describe('a step that takes too long', () => {
  test('is aborted with TIMEOUT, which counts as a try', async () => {
    worker.test.run = untilAborted;
    const { id } = await worker.start(
      planOf([{ id: 'slow', does: 'test.run', timeout_ms: 60, retry: { max_attempts: 2 } }]),
    );
    expect(await stepOf(id, 'slow')).toMatchObject({
      status: 'failed',
      tries: 2,
      error: { code: 'TIMEOUT', retryable: true },
    });
  });

  test('leaves no output when its operation ends in good order after the abort', async () => {
    worker.test.run = async ({ signal }) => {
      await once(signal, 'abort');
      throw new StoppedWithOutput('partial');
    };
    const { id } = await worker.start(planOf([{ id: 'orderly', does: 'test.run', timeout_ms: 60 }]));
    expect(await stepOf(id, 'orderly')).toMatchObject({ status: 'failed', output: null, error: { code: 'TIMEOUT' } });
  });

  test('is not taken for one that did when its work had ended before', async () => {
    worker.test.run = async ({ workEnded, signal }) => {
      workEnded();
      // Longer than its timeout; what is found meanwhile changes nothing.
      await wait(150);
      return { aborted: signal.aborted };
    };
    const { id } = await worker.start(planOf([{ id: 'storing', does: 'test.run', timeout_ms: 60 }]));
    expect(await stepOf(id, 'storing')).toMatchObject({ status: 'completed', output: { aborted: false } });
  });

  test('has failed even when its operation answers after the abort', async () => {
    worker.test.run = async ({ signal }) => {
      await once(signal, 'abort');
      return 'late';
    };
    const { id } = await worker.start(planOf([{ id: 'late', does: 'test.run', timeout_ms: 60 }]));
    expect(await stepOf(id, 'late')).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT' } });
  });
});

test('a step whose worker shuts down has its grace to finish', async () => {
  worker.test.run = async (ctx) => {
    await once(ctx.signal, 'abort');
    return ctx.gracePeriodMs;
  };
  const { id } = await worker.start(planOf([{ id: 'finishing', does: 'test.run' }]));
  await worker.test.beginning('finishing');
  await worker.pause();
  await worker.resume();
  const { step_details } = await worker.edge.ended(id);
  expect(step_details).toMatchObject([{ status: 'completed', tries: 1, output: 30_000 }]);
});

test('an error tells no more than its plugin says, and is short', async () => {
  worker.test.run = async () => {
    throw new PluginError({ code: 'LONG', message: 'x'.repeat(10_000), retryable: false, details: { row: 3 } });
  };
  const { id } = await worker.start(planOf([{ id: 'long', does: 'test.run' }]));
  const { error } = await stepOf(id, 'long');
  expect(error).toMatchObject({ code: 'LONG', retryable: false, details: { row: 3 } });
  expect(error?.message.length).toBeLessThan(4_100);
});
