import type { WorkflowHandle } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { PluginError } from '../../../worker-node/plugins/define-plugin.ts';
import { STATE_QUERY, type StateAnswer } from '../../../worker-node/workflows/contract.ts';
import { planOf, type StepOptions } from '../engine/plans.ts';
import { untilAborted } from '../engine/test-plugin.ts';
import { createTestWorker, type TestWorker } from '../engine/test-worker.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

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

describe('records that are too large for arguments', () => {
  /** 24 KB of error: the most that is kept of one. */
  const large = new PluginError({
    code: 'LARGE',
    message: '€'.repeat(4_000),
    retryable: false,
    details: { text: '€'.repeat(3_980) },
  });

  /** As many steps as `failing` fail with a large error; then `gate` ends, which a chain of 12 follows. */
  const planWith = (failing: number) =>
    planOf([
      ...Array.from({ length: failing }, (_, index) => ({ id: `bad${index}`, does: 'test.run' })),
      { id: 'gate', does: 'test.run' },
      ...chainOf(12).map((step) => (step.id === 's0' ? { ...step, depends_on: ['gate'] } : step)),
    ]);

  /** Does what such a plan asks for, and `atGate` once all others have failed. */
  function behave(atGate: (executionId: string) => void): void {
    worker.test.run = async ({ step, execution, config }) => {
      if (step.id.startsWith('bad')) throw large;
      if (step.id !== 'gate') return config;
      await worker.edge.until(execution.id, ({ step_details }) =>
        step_details.every(({ id, status }) => !id.startsWith('bad') || status === 'failed'),
      );
      atGate(execution.id);
      return null;
    };
  }

  const pagesOf = (id: string) => [...worker.edge.chainPages].filter(([key]) => key.startsWith(`${id}/`));
  const small = { softEvents: 12, argumentBytes: 1_000 };

  async function inHistory(handle: WorkflowHandle, wanted: (event: HistoryEvent) => boolean): Promise<void> {
    for (let found = false; !found; ) found = (await handle.fetchHistory()).events?.some(wanted) ?? false;
  }

  /** Resolves once the regular activity waits for the edge, since the local one has failed. */
  const heldUp = (handle: WorkflowHandle) =>
    inHistory(handle, (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'saveChain');

  test('go by way of the edge: more than the engine takes at once, and again with every further run', async () => {
    behave(() => undefined);
    const { id, handle } = await worker.start(planWith(200), { limits: { softEvents: 20, softBytes: 1_000_000 } });
    const execution = await worker.edge.ended(id);
    expect(execution).toMatchObject({ status: 'failed', error: { code: 'LARGE' }, progress: { completed_steps: 13 } });
    expect(execution.step_details.at(-1)?.output).toEqual({ sum: 12 });
    expect(execution.step_details.every(({ tries }) => tries === 1)).toBe(true);
    expect(execution.step_details[7]?.error).toMatchObject({ message: large.message, details: large.details });
    const sizes = pagesOf(id).map(([, json]) => Buffer.byteLength(json));
    expect(Math.max(...sizes)).toBeLessThan(LIMITS.chainPageBytes);
    const runs = new Set(pagesOf(id).map(([key]) => key.split('/')[2]));
    expect(runs.size).toBeGreaterThan(1);
    expect(await runsOf(handle.workflowId)).toBe(runs.size + 1);
    const second = pagesOf(id).filter(([key]) => key.startsWith(`${id}/1/2/`));
    // What the first workflow task begins has ended by then; the engine takes values of 2 MiB.
    expect(second.reduce((total, [, json]) => total + Buffer.byteLength(json), 0)).toBeGreaterThan(2 * 1024 * 1024);
  }, 60_000);

  test('hold the hand-over up while the edge is away', async () => {
    behave(() => {
      worker.edge.reachable = false;
    });
    const { id, handle } = await worker.start(planWith(2), { limits: small });
    await heldUp(handle);
    expect(await runsOf(handle.workflowId)).toBe(1);
    worker.edge.reachable = true;
    const execution = await worker.edge.ended(id);
    expect(execution).toMatchObject({ status: 'failed', progress: { completed_steps: 13 } });
    expect(execution.step_details.every(({ tries }) => tries === 1)).toBe(true);
    expect(await runsOf(handle.workflowId)).toBeGreaterThan(1);
  });

  test('are not handed over when a stop comes while they are stored', async () => {
    behave(() => {
      worker.edge.reachable = false;
    });
    const { id, handle } = await worker.start(planWith(2), { limits: small });
    await heldUp(handle);
    await worker.stop(id);
    worker.edge.reachable = true;
    expect(await worker.edge.ended(id)).toMatchObject({ status: 'stopped', progress: { completed_steps: 1 } });
    expect(await runsOf(handle.workflowId)).toBe(1);
  });

  test('end an attempt that the edge wants no more', async () => {
    behave((executionId) => {
      worker.edge.withdrawn.add(executionId);
    });
    const before = worker.test.begun.length;
    const { id, handle } = await worker.start(planWith(2), { limits: small });
    expect(await handle.result()).toEqual({ status: 'stopped' });
    expect(pagesOf(id)).toEqual([]);
    expect(worker.test.begun.length - before).toBe(3);
  });

  test('keep a timer that fires while they are stored', async () => {
    behave(() => {
      worker.edge.reachable = false;
    });
    const { id, handle } = await worker.start(
      planOf([
        { id: 'bad0', does: 'test.run' },
        { id: 'bad1', does: 'test.run' },
        { id: 'gate', does: 'test.run' },
        { id: 'nap', does: 'core.sleep', config: { duration: '700ms' } },
        { id: 'late', depends_on: ['nap', 'gate'] },
      ]),
      { limits: small },
    );
    await heldUp(handle);
    await inHistory(handle, (event) => Boolean(event.timerFiredEventAttributes));
    worker.edge.reachable = true;
    expect(await worker.edge.ended(id)).toMatchObject({ status: 'failed', progress: { completed_steps: 3 } });
    expect(await runsOf(handle.workflowId)).toBeGreaterThan(1);
  });
});

describe('core.sleep', () => {
  test('lets the state query say until when nothing is to be expected', async () => {
    const { id, handle } = await worker.start(planOf([{ id: 'nap', does: 'core.sleep', config: { duration: '50m' } }]));
    const { step_details } = await worker.edge.until(id, ({ step_details: [nap] }) => nap?.status === 'waiting');
    const { quiet_until } = await handle.query<StateAnswer, [number]>(STATE_QUERY, 0);
    expect(Date.parse(quiet_until ?? '')).toBeGreaterThan(Date.now() + 40 * 60_000);
    expect(step_details).toHaveLength(1);
    await handle.terminate();
  });

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
