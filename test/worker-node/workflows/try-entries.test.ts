import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/schemas/json.ts';
import { planOf, type StepOptions } from '../engine/plans.ts';
import { untilAborted } from '../engine/test-plugin.ts';
import { createTestWorker, type StartOptions, type TestWorker } from '../engine/test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await createTestWorker();
});
afterAll(() => worker.close());

/** What the log says of a step, once the execution has ended. Seconds are left out. */
async function entriesOf(id: string, step = 'a'): Promise<[level: string, plugin: string | null, message: string][]> {
  await worker.edge.ended(id);
  return worker.edge
    .of(id)
    .logs.filter(({ step_id }) => step_id === step)
    .map(({ level, plugin, message }) => [level, plugin, message.replace(/after [\d.]+ s/, 'after … s')]);
}

async function run(step: Omit<StepOptions, 'id'>, options: StartOptions = {}) {
  const { id } = await worker.start(planOf([{ id: 'a', ...step }]), options);
  return entriesOf(id);
}

describe('the log of core.sleep', () => {
  const started = ['INFO', 'core', 'Try 1 of step "a" started (core.sleep).'];
  const sleep = (duration: string, options: JsonObject = {}) => ({
    does: 'core.sleep',
    config: { duration },
    ...options,
  });

  test('has the start and the end of its try, in the words of every other step', async () => {
    expect(await run(sleep('20ms'))).toEqual([started, ['INFO', 'core', 'Try 1 of step "a" completed after … s.']]);
    const echo = await run({ does: 'core.echo' });
    expect(echo.map(([, , message]) => message)).toEqual([
      'Try 1 of step "a" started (core.echo).',
      'Try 1 of step "a" completed after … s.',
    ]);
  });

  test('says how long it slept', async () => {
    const { id } = await worker.start(planOf([{ id: 'a', ...sleep('300ms') }]));
    await worker.edge.ended(id);
    const message = worker.edge.of(id).logs.find((entry) => entry.message.includes('completed'))?.message ?? '';
    expect(Number(/after ([\d.]+) s/.exec(message)?.[1])).toBeGreaterThanOrEqual(0.3);
  });

  test('has the start once and the end once when the workflow hands over meanwhile', async () => {
    const others = Array.from({ length: 12 }, (_, index): StepOptions => {
      return { id: `s${index}`, ...(index > 0 && { depends_on: [`s${index - 1}`] }) };
    });
    const plan = planOf([{ id: 'a', ...sleep('1500ms') }, ...others]);
    const { id } = await worker.start(plan, { limits: { softEvents: 14 } });
    expect(await entriesOf(id)).toEqual([started, ['INFO', 'core', 'Try 1 of step "a" completed after … s.']]);
    const decisions = worker.edge.of(id).updates.filter((update) => update.type === 'step_decided');
    expect(Math.max(...decisions.map(({ order: [run] }) => run))).toBeGreaterThan(1);
  });

  test('has the error when it takes longer than its timeout', async () => {
    expect(await run({ ...sleep('1h'), timeout_ms: 50 })).toEqual([
      started,
      ['ERROR', 'core', 'TIMEOUT: The step took longer than its timeout.'],
      ['INFO', 'core', 'Try 1 of step "a" failed after … s.'],
    ]);
  });

  test('has the error when its duration cannot be worked out', async () => {
    expect(await run(sleep('${{ parameters.nap }}'), { parameters: { nap: 'soon' } })).toEqual([
      started,
      ['ERROR', 'core', expect.stringContaining('INVALID_CONFIG: config.duration')],
      ['INFO', 'core', 'Try 1 of step "a" failed after … s.'],
    ]);
  });

  test('has the end when a stop cuts it short', async () => {
    const { id } = await worker.start(planOf([{ id: 'a', ...sleep('1h') }]));
    await worker.edge.until(id, ({ step_details }) => step_details[0]?.status === 'waiting');
    await worker.stop(id);
    expect(await entriesOf(id)).toEqual([started, ['INFO', 'core', 'Try 1 of step "a" cancelled after … s.']]);
  });
});

test('the log of a step says that it is tried again', async () => {
  const entries = await run({ does: 'core.fail', config: { times: 1 }, retry: { max_attempts: 2 } });
  expect(entries).toContainEqual([
    'WARN',
    'core',
    'Step "a" is tried again, since try 1 ended with FAILED: Failed on purpose.',
  ]);
});

test('the log of a step whose worker shuts down has one end of each try', async () => {
  worker.test.run = async (ctx) => (ctx.step.try === 1 ? untilAborted(ctx) : 'done');
  const { id } = await worker.start(planOf([{ id: 'a', does: 'test.run' }]));
  await worker.test.beginning('a');
  await worker.pause();
  await worker.resume();
  const entries = await entriesOf(id);
  expect(entries.filter(([level]) => level === 'INFO').map(([, , message]) => message)).toEqual([
    'Try 1 of step "a" started (test.run).',
    'Try 1 of step "a" lost after … s.',
    'Try 2 of step "a" started (test.run).',
    'Try 2 of step "a" completed after … s.',
  ]);
});

test('the log of a step whose clean-up fails says so', async () => {
  worker.test.run = async (ctx) => untilAborted(ctx);
  worker.test.clean = async () => {
    throw new Error('broken');
  };
  const { id } = await worker.start(planOf([{ id: 'dirty', does: 'test.run' }]));
  await worker.test.beginning('dirty');
  await worker.stop(id);
  const failed = ['WARN', 'test', expect.stringMatching(/^Clean-up of step "dirty" failed/)];
  expect(await entriesOf(id, 'dirty')).toContainEqual(failed);
});
