import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../../shared/schemas/plan.ts';
import { seededRandom } from '../../seeded-random.ts';
import { planOf, type StepOptions } from '../engine/plans.ts';
import { createTestWorker, type TestWorker } from '../engine/test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await createTestWorker();
});
afterAll(() => worker.close());

/** Runs a plan to its end and checks that every step ran once, after its dependencies. */
async function runsInOrder(plan: Plan): Promise<void> {
  const { id } = await worker.start(plan);
  const execution = await worker.edge.ended(id);
  expect(execution).toMatchObject({ status: 'completed', error: null, waiting_for: null });
  const details = new Map(execution.step_details.map((detail) => [detail.id, detail]));
  for (const detail of execution.step_details) {
    expect(detail).toMatchObject({ status: 'completed', tries: 1 });
    for (const dependency of detail.depends_on)
      expect((detail.started_at ?? '') >= (details.get(dependency)?.completed_at ?? '~'), detail.id).toBe(true);
  }
  const starts = worker.edge.of(id).updates.filter((update) => update.type === 'step_started');
  expect(starts.map(({ step_id }) => step_id).toSorted()).toEqual(plan.steps.map(({ id }) => id).toSorted());
  expect(
    execution.started_at !== null &&
      execution.step_details.every(({ started_at }) => (started_at ?? '') >= (execution.started_at ?? '~')),
  ).toBe(true);
  expect(
    execution.step_details.every(({ completed_at }) => (completed_at ?? '~') <= (execution.completed_at ?? '')),
  ).toBe(true);
}

describe('a run of a plan', () => {
  test('completes a chain, every step once and in order', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `s${index}`);
    await runsInOrder(planOf(ids.map((id, index) => ({ id, depends_on: ids.slice(Math.max(0, index - 1), index) }))));
  });

  test.each([1, 2, 3])('completes a random DAG (seed %i), every step once and after its dependencies', async (seed) => {
    const random = seededRandom(seed);
    const steps = Array.from({ length: 40 }, (_, index): StepOptions => {
      const depends_on = Array.from({ length: index }, (_, before) => `s${before}`).filter(
        () => random() < 2 / (index + 1),
      );
      return {
        id: `s${index}`,
        depends_on,
        slot: random() < 0.2 ? 'compute' : 'waiting',
        config: { delay: `${1 + Math.floor(random() * 20)}ms` },
      };
    });
    await runsInOrder(planOf(steps));
  });

  test('completes 1,200 parallel steps and their join, never more than 1,000 of them pending', async () => {
    const wide = Array.from({ length: 1_200 }, (_, index): StepOptions => ({ id: `s${index}` }));
    const plan = planOf([...wide, { id: 'join', depends_on: wide.map(({ id }) => id) }]);
    const { id, handle } = await worker.start(plan);
    expect(await worker.edge.ended(id)).toMatchObject({ status: 'completed', progress: { completed_steps: 1_201 } });
    let pending = 0;
    let most = 0;
    for (const event of (await handle.fetchHistory()).events ?? []) {
      if (event.activityTaskScheduledEventAttributes) pending++;
      if (event.activityTaskCompletedEventAttributes) pending--;
      most = Math.max(most, pending);
    }
    expect(most).toBeGreaterThan(100);
    expect(most).toBeLessThanOrEqual(1_000);
    expect(await mostPerTask(handle)).toBeLessThanOrEqual(128);
  }, 120_000);

  test('schedules at most about 2 MiB of inputs in one workflow task', async () => {
    // Every step reads a large parameter, which is why its input holds it.
    const config = { size: '${{ size(parameters.text) }}' };
    const plan = planOf(Array.from({ length: 11 }, (_, index) => ({ id: `s${index}`, config })));
    const { id, handle } = await worker.start(plan, { parameters: { text: 'x'.repeat(300 * 1024) } });
    expect((await worker.edge.ended(id)).status).toBe('completed');
    expect(await mostPerTask(handle)).toBe(7);
  }, 60_000);
});

const DAGS = process.env.WF_DAGS ?? join(import.meta.dirname, '../../../../shared/dags');

describe.skipIf(!existsSync(DAGS))('a real DAG (WF_DAGS)', () => {
  const files = existsSync(DAGS) ? readdirSync(DAGS).filter((file) => /^0[01]\d\d-.*\.json$/.test(file)) : [];
  test.each(files)(
    '%s completes, every step once and after its dependencies',
    async (file) => {
      const { tasks } = JSON.parse(readFileSync(join(DAGS, file), 'utf8')) as {
        tasks: { id: string; depends_on: string[]; runtime_s: number }[];
      };
      const scale = 50 / Math.max(...tasks.map(({ runtime_s }) => runtime_s));
      const steps = tasks.map(({ id, depends_on, runtime_s }) => ({
        id,
        depends_on,
        config: { delay: `${Math.max(1, Math.round(runtime_s * scale))}ms` },
      }));
      await runsInOrder(planOf(steps));
    },
    60_000,
  );
});

/** The most activities that one workflow task has scheduled. */
async function mostPerTask(handle: WorkflowHandle): Promise<number> {
  const tasks = new Map<string, number>();
  for (const event of (await handle.fetchHistory()).events ?? []) {
    const task = event.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId;
    if (task) tasks.set(String(task), (tasks.get(String(task)) ?? 0) + 1);
  }
  return Math.max(...tasks.values());
}
