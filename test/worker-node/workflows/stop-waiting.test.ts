import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { advance } from '../../../shared/domain/advance.ts';
import { createState } from '../../../shared/domain/execution-state.ts';
import { renderExecution } from '../../../shared/domain/execution-view.ts';
import { fold } from '../../../shared/domain/fold.ts';
import type { ExecutionEvent } from '../../../shared/schemas/event.ts';
import type { Execution, StepDetail } from '../../../shared/schemas/execution.ts';
import { STATE_QUERY } from '../../../worker-node/workflows/contract.ts';
import { planOf, type StepOptions } from '../engine/plans.ts';
import { createTestWorker, type TestWorker } from '../engine/test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await createTestWorker();
});
afterAll(() => worker.close());

const nap: StepOptions = { id: 'nap', does: 'core.sleep', config: { duration: '1h' } };

const step = (execution: Execution, id: string): StepDetail | undefined =>
  execution.step_details.find((detail) => detail.id === id);

const untilStepIs = (id: string, stepId: string, status: StepDetail['status']) =>
  worker.edge.until(id, (execution) => step(execution, stepId)?.status === status);

/** The events of an execution that has ended, told update by update; they fold to the state after each of them. */
function eventsOf(id: string): ExecutionEvent[] {
  const { state: last, updates } = worker.edge.of(id);
  const state = createState(last.header, last.header.created_at);
  let shown = renderExecution(state);
  return updates.flatMap((update) => {
    const { events } = advance(state, [update], last.core.updated_at);
    shown = events.reduce(fold, shown);
    expect(shown).toEqual(renderExecution(state));
    return events;
  });
}

const typesOf = (id: string, stepId: string): string[] =>
  eventsOf(id).flatMap(({ type, data }) => (data.step_id === stepId ? [type] : []));

const secondsOf = (id: string, stepId: string): number[] =>
  worker.edge.of(id).logs.flatMap(({ step_id, message }) => {
    const [, seconds] = / cancelled after ([\d.]+) s/.exec(message) ?? [];
    return step_id === stepId && seconds !== undefined ? [Number(seconds)] : [];
  });

/** What is shown of a step that was cancelled in its only try. */
function expectCancelledTry(execution: Execution, stepId: string): void {
  const { status, tries, started_at, completed_at, duration_seconds } = step(execution, stepId) ?? {};
  expect({ status, tries }).toEqual({ status: 'cancelled', tries: 1 });
  expect(Date.parse(completed_at ?? '') - Date.parse(started_at ?? '')).toBe((duration_seconds ?? 0) * 1_000);
  expect(secondsOf(execution.execution_id, stepId)).toEqual([duration_seconds]);
}

describe('a step that waits in the engine', () => {
  test('is shown as a try that has begun', async () => {
    const { id } = await worker.start(planOf([{ id: 'first' }, { ...nap, depends_on: ['first'] }]));
    const execution = await untilStepIs(id, 'nap', 'waiting');
    const { tries, started_at, completed_at } = step(execution, 'nap') ?? {};
    expect({ tries, completed_at }).toEqual({ tries: 1, completed_at: null });
    await worker.stop(id);
    expect(step(await worker.edge.ended(id), 'nap')?.started_at).toBe(started_at);
    expect(started_at ?? '').toMatch(/^20/);
    expect(Date.parse(started_at ?? '')).toBeGreaterThanOrEqual(
      Date.parse(step(execution, 'first')?.completed_at ?? ''),
    );
  });

  test.each([true, false])('is cancelled once by a stop, graceful: %s', async (graceful) => {
    const { id } = await worker.start(planOf([nap, { id: 'next', depends_on: ['nap'] }]));
    await untilStepIs(id, 'nap', 'waiting');
    await worker.stop(id, { graceful });
    const execution = await worker.edge.ended(id);
    expect(execution.status).toBe('stopped');
    expect(typesOf(id, 'nap')).toEqual(['workflow.step.waiting', 'workflow.step.cancelled']);
    expectCancelledTry(execution, 'nap');
  });

  test('is cancelled once by the timeout of the workflow', async () => {
    const { id } = await worker.start(planOf([nap], 300));
    const execution = await worker.edge.ended(id);
    expect(execution.status).toBe('timed_out');
    expect(typesOf(id, 'nap')).toEqual(['workflow.step.waiting', 'workflow.step.cancelled']);
    expectCancelledTry(execution, 'nap');
  });

  test('is cancelled once by a stop that another worker hears of', async () => {
    const { id } = await worker.start(planOf([nap]));
    const waiting = step(await untilStepIs(id, 'nap', 'waiting'), 'nap');
    await worker.pause();
    await worker.stop(id);
    await worker.resume();
    const execution = await worker.edge.ended(id);
    expect(typesOf(id, 'nap')).toEqual(['workflow.step.waiting', 'workflow.step.cancelled']);
    expectCancelledTry(execution, 'nap');
    expect(step(execution, 'nap')?.started_at).toBe(waiting?.started_at);
  });

  test('is cancelled once by a stop that two workers take in', async () => {
    const { id, handle } = await worker.start(planOf([nap]));
    await untilStepIs(id, 'nap', 'waiting');
    worker.edge.reachable = false;
    await worker.stop(id);
    // Answered once the workflow has taken the stop in.
    await handle.query(STATE_QUERY, 0);
    await worker.pause();
    await worker.resume();
    worker.edge.reachable = true;
    const execution = await worker.edge.ended(id);
    expect(typesOf(id, 'nap')).toEqual(['workflow.step.waiting', 'workflow.step.cancelled']);
    expectCancelledTry(execution, 'nap');
  });

  test('is cancelled once when its duration is known only after the stop', async () => {
    const large = { id: 'large', config: { text: 'x'.repeat(10_000), duration: '1h' } };
    const config = { duration: '${{ steps.large.output.duration }}' };
    const { getOutput } = worker.edge;
    const asked = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();
    worker.edge.getOutput = async (ref) => {
      asked.resolve();
      await stopped.promise;
      return getOutput(ref);
    };
    onTestFinished(() => {
      worker.edge.getOutput = getOutput;
    });
    const { id, handle } = await worker.start(
      planOf([large, { id: 'late', does: 'core.sleep', depends_on: ['large'], refs: ['large'], config }]),
    );
    await asked.promise;
    await worker.stop(id, { frame: false });
    // Answered once the workflow has taken the stop in.
    await handle.query(STATE_QUERY, 0);
    stopped.resolve();
    const execution = await worker.edge.ended(id);
    expect(typesOf(id, 'late')).toEqual(['workflow.step.cancelled']);
    expectCancelledTry(execution, 'late');
  });
});

test('a step that waits for its next try is cancelled once, and its try keeps its start', async () => {
  const retry = { max_attempts: 5, initial_interval_ms: 3_600_000, max_interval_ms: 3_600_000 };
  const { id } = await worker.start(planOf([{ id: 'bad', does: 'core.fail', retry }]));
  const retrying = step(await untilStepIs(id, 'bad', 'retrying'), 'bad');
  expect(retrying).toMatchObject({ tries: 1, completed_at: null });
  await worker.stop(id);
  const bad = step(await worker.edge.ended(id), 'bad');
  expect(typesOf(id, 'bad')).toEqual([
    'workflow.step.queued',
    'workflow.step.started',
    'workflow.step.retrying',
    // When the next try is due.
    'workflow.step.updated',
    'workflow.step.cancelled',
  ]);
  expect(bad).toMatchObject({ status: 'cancelled', tries: 1, started_at: retrying?.started_at, next_try_at: null });
  expect(Date.parse(bad?.completed_at ?? '') - Date.parse(bad?.started_at ?? '')).toBe(
    (bad?.duration_seconds ?? 0) * 1_000,
  );
});

test('the result takes back nothing of a step that was decided to end', async () => {
  const { id } = await worker.start(
    planOf([
      { id: 'bad', does: 'core.fail' },
      { id: 'skipped', depends_on: ['bad'] },
      nap,
      { id: 'never', depends_on: ['nap'] },
    ]),
  );
  const skipped = step(await untilStepIs(id, 'skipped', 'skipped'), 'skipped');
  await untilStepIs(id, 'nap', 'waiting');
  await worker.stop(id);
  const execution = await worker.edge.ended(id);
  expect(step(execution, 'skipped')).toEqual(skipped);
  expect(skipped).toMatchObject({ tries: 0, started_at: null, completed_at: expect.stringMatching(/^20/) });
  expect(typesOf(id, 'skipped')).toEqual(['workflow.step.skipped']);
  expect(typesOf(id, 'never')).toEqual(['workflow.step.cancelled']);
  expect(step(execution, 'never')).toMatchObject({
    status: 'cancelled',
    tries: 0,
    started_at: null,
    completed_at: expect.stringMatching(/^20/),
  });
});
