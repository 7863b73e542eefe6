import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planOf, type StepOptions } from '../engine/plans.ts';
import { untilAborted } from '../engine/test-plugin.ts';
import { createTestWorker, type TestWorker } from '../engine/test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await createTestWorker();
});
afterAll(() => worker.close());

const chainOf = (length: number): StepOptions[] =>
  Array.from({ length }, (_, index) => ({
    id: `s${index}`,
    depends_on: index === 0 ? [] : [`s${index - 1}`],
    does: 'test.run',
    refs: index === 0 ? [] : [`s${index - 1}`],
    config: { sum: index === 0 ? 1 : `\${{ steps.s${index - 1}.output.sum + 1 }}` },
  }));

/** Runs of the chain of continue-as-new. */
async function runsOf(workflowId: string): Promise<number> {
  let runs = 0;
  for await (const _ of worker.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs++;
  return runs;
}

describe('a long history', () => {
  test('is handed over to new runs: outputs and order go along, every step runs once', async () => {
    worker.test.run = async ({ config }) => config;
    const { id, handle } = await worker.start(planOf(chainOf(12)), { limits: { softEvents: 20 } });
    const execution = await worker.edge.ended(id);
    expect(execution).toMatchObject({ status: 'completed', progress: { completed_steps: 12 } });
    expect(execution.step_details.at(-1)?.output).toEqual({ sum: 12 });
    expect(worker.test.begun.map(({ step }) => step)).toEqual(chainOf(12).map(({ id }) => id));
    expect(await runsOf(handle.workflowId)).toBeGreaterThan(2);
  });

  test('that is very long starts nothing new until what runs has ended', async () => {
    const wide = Array.from({ length: 30 }, (_, index) => ({ id: `w${index}`, config: { delay: `${index + 1}ms` } }));
    const steps = [...wide, ...wide.map(({ id }) => ({ id: `${id}-next`, depends_on: [id] }))];
    const { id } = await worker.start(planOf(steps), { limits: { softEvents: 60, hardEvents: 60 } });
    const execution = await worker.edge.ended(id);
    expect(execution).toMatchObject({ status: 'completed', progress: { completed_steps: 60 } });
    expect(execution.step_details.every(({ tries }) => tries === 1)).toBe(true);
  });

  test('takes a failed try, its backoff, a sleep and the first error along', async () => {
    const { id } = await worker.start(
      planOf([
        { id: 'bad', does: 'core.fail', config: { code: 'FIRST' } },
        { id: 'skipped', depends_on: ['bad'] },
        { id: 'nap', does: 'core.sleep', config: { duration: '600ms' } },
        { id: 'again', does: 'core.fail', config: { times: 1 }, retry: { max_attempts: 2, initial_interval_ms: 600 } },
        { id: 'last', depends_on: ['nap', 'again'] },
      ]),
      { limits: { softEvents: 8 } },
    );
    const execution = await worker.edge.ended(id);
    expect(execution).toMatchObject({ status: 'failed', error: { code: 'FIRST', step_id: 'bad' } });
    expect(execution.step_details.map(({ id, status, tries }) => [id, status, tries])).toEqual([
      ['bad', 'failed', 1],
      ['skipped', 'skipped', 0],
      ['nap', 'completed', 1],
      ['again', 'completed', 2],
      ['last', 'completed', 1],
    ]);
    expect(await runsOf(`${id}.1`)).toBeGreaterThan(1);
  });

  test('stops as a short one does, also when the same signal came in an earlier run', async () => {
    worker.test.run = async (ctx) => (ctx.step.id === 's6' ? untilAborted(ctx) : ctx.config);
    const before = worker.test.begun.length;
    const { id } = await worker.start(planOf(chainOf(8)), { limits: { softEvents: 12 } });
    await worker.edge.until(id, ({ step_details }) => step_details[6]?.status === 'running');
    await worker.stop(id);
    await worker.stop(id);
    const execution = await worker.edge.ended(id);
    expect(execution.step_details.map(({ status }) => status).slice(5)).toEqual([
      'completed',
      'cancelled',
      'cancelled',
    ]);
    expect(worker.test.begun.length - before).toBe(7);
  });
});

describe('core.sleep', () => {
  test('waits in the workflow, and says until when nothing is to be expected', async () => {
    worker.sightings.length = 0;
    const { id, handle } = await worker.start(
      planOf([{ id: 'nap', does: 'core.sleep', config: { duration: '300ms' } }]),
    );
    const { step_details, ...execution } = await worker.edge.ended(id);
    const [nap] = step_details;
    expect(execution.status).toBe('completed');
    expect(nap?.duration_seconds).toBeGreaterThanOrEqual(0.3);
    expect(worker.sightings.some((quietUntil) => quietUntil !== null)).toBe(true);
    const types = (await handle.fetchHistory()).events?.map((event) => event.activityTaskScheduledEventAttributes);
    expect(types?.some(Boolean)).toBe(false);
  });

  test('takes a duration that an expression gives', async () => {
    const { id } = await worker.start(
      planOf([{ id: 'nap', does: 'core.sleep', config: { duration: '${{ parameters.nap }}' } }]),
      { parameters: { nap: '20ms' } },
    );
    expect((await worker.edge.ended(id)).status).toBe('completed');
  });

  test('fails with TIMEOUT when its timeout is shorter', async () => {
    const { id } = await worker.start(
      planOf([{ id: 'nap', does: 'core.sleep', config: { duration: '1h' }, timeout_ms: 50 }]),
    );
    expect((await worker.edge.ended(id)).step_details).toMatchObject([
      { status: 'failed', error: { code: 'TIMEOUT' } },
    ]);
  });

  test('is cut short by a stop', async () => {
    const { id } = await worker.start(planOf([{ id: 'nap', does: 'core.sleep', config: { duration: '1h' } }]));
    await worker.edge.until(id, ({ step_details }) => step_details[0]?.status === 'waiting');
    await worker.stop(id);
    expect(await worker.edge.ended(id)).toMatchObject({ status: 'stopped', step_details: [{ status: 'cancelled' }] });
  });
});
