import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Execution } from '../../shared/schemas/execution.ts';
import { createEffects, names } from './harness/effects.ts';
import { withEngineRun } from './harness/engine-run.ts';
import { type FaultStack, startFaultStack } from './harness/fault-stack.ts';
import { isAlive } from './harness/is-alive.ts';
import { until } from './harness/until.ts';
import { stepIs, watch } from './harness/watch.ts';

/** Together longer than the heartbeat timeout of 10 s, each by itself shorter. */
const UNHEARD_MS = 8_800;
const AWAY_MS = 4_000;
const OUTLASTING_MS = 20_000;
/** Longer than the heartbeat timeout. */
const FROZEN_MS = 12_000;

let faults: FaultStack;
const effects = createEffects();
beforeAll(async () => {
  faults = await startFaultStack();
});
afterAll(async () => {
  await faults?.stop();
  effects.remove();
});

const chain = () => [effects.step('a'), effects.step('b', { depends_on: ['a'] })];
const ONCE = ['a/1/begin', 'a/1/end', 'b/1/begin', 'b/1/end'];

const waitsFor =
  (reason: string) =>
  ({ waiting_for }: Execution): boolean =>
    waiting_for?.reason === reason;

it('queues what is executed while Temporal is down, and runs it once when it is back', async () => {
  const { api } = faults;
  const bringBack = await faults.takeDown('temporal');
  const accepted = await api.start(chain());
  expect(accepted).toMatchObject({ status: 'queued', started_at: null, current_step: null });
  const viewer = watch(api, accepted.execution_id);
  await viewer.until('it waits for the engine', waitsFor('engine_down'));
  expect(effects.of(accepted.execution_id)).toEqual([]);
  bringBack();
  expect(await viewer.ended()).toMatchObject({ status: 'completed', waiting_for: null });
  expect(names(effects.of(accepted.execution_id))).toEqual(ONCE);
});

const ABSENCES: [string, () => Promise<() => void>][] = [
  ['dead', () => faults.takeDown('worker')],
  [
    'cut off',
    async () => {
      faults.road.cut();
      return () => faults.road.restore();
    },
  ],
  // Its connection stays open, and its system answers for it.
  ['frozen', async () => faults.freeze('worker')],
];

it.each(ABSENCES)(
  'queues what is executed while the only worker is %s, and runs it once when it is back',
  async (_how, lose) => {
    const { api } = faults;
    const bringBack = await lose();
    const accepted = await api.start(chain());
    expect(accepted.status).toBe('queued');
    const viewer = watch(api, accepted.execution_id);
    await viewer.until('it waits for a worker', waitsFor('no_worker'));
    expect(effects.of(accepted.execution_id)).toEqual([]);
    bringBack();
    expect(await viewer.ended()).toMatchObject({ status: 'completed', waiting_for: null });
    expect(names(effects.of(accepted.execution_id))).toEqual(ONCE);
  },
);

it('keeps a start that the only worker cannot read, says why, and runs it once when it can', async () => {
  const { api, road } = faults;
  // As an edge of another version might write it.
  road.treatment = { frame: (frame, send) => send(frame.replace('"priority":"normal"', '"priority":"urgent"')) };
  onTestFinished(() => {
    road.treatment = {};
  });
  const { execution_id } = await api.start(chain());
  const unwanted = await api.start(chain());
  const viewer = watch(api, execution_id);
  const { waiting_for } = await viewer.until('it waits for another worker', waitsFor('no_worker'));
  expect(waiting_for?.detail).toContain('command.payload.priority: must be one of low, normal, high, critical');
  await api.call('POST', `/workflows/executions/${unwanted.execution_id}/stop`, {});
  const stopped = await watch(api, unwanted.execution_id).ended();
  expect(stopped).toMatchObject({ status: 'stopped', started_at: null, waiting_for: null });
  road.treatment = {};
  expect(await viewer.ended()).toMatchObject({ status: 'completed', waiting_for: null });
  expect(names(effects.of(execution_id))).toEqual(ONCE);
  expect(effects.of(unwanted.execution_id)).toEqual([]);
});

it('tries the step of a killed worker again, at no cost to its retry policy', async () => {
  const { api } = faults;
  const { execution_id } = await api.start([
    effects.step('before'),
    effects.step('long', { depends_on: ['before'], ms: 4_000, step: { retry_policy: { max_attempts: 1 } } }),
    effects.step('after', { depends_on: ['long'] }),
  ]);
  const viewer = watch(api, execution_id);
  await until('the step has begun', () => names(effects.of(execution_id)).includes('long/1/begin'));
  await viewer.until('the step is shown to run', stepIs('long', 'running'));
  await faults.kill('worker');
  const execution = await viewer.ended();
  expect(execution).toMatchObject({ status: 'completed', error: null });
  expect(execution.step_details.map(({ tries }) => tries)).toEqual([1, 2, 1]);
  expect(names(effects.of(execution_id))).toEqual([
    ...['before/1/begin', 'before/1/end'],
    ...['long/1/begin', 'long/2/begin', 'long/2/end'],
    ...['after/1/begin', 'after/1/end'],
  ]);
});

it('fails an execution that was terminated in Temporal, and ends what it ran', async () => {
  const { api } = faults;
  const { execution_id } = await api.start([
    effects.step('long', { ms: 600_000 }),
    effects.step('after', { depends_on: ['long'] }),
  ]);
  const viewer = watch(api, execution_id);
  const [begun] = await until('the step has begun', () => {
    const found = effects.of(execution_id);
    return found.length > 0 && found;
  });
  await viewer.until('the step is shown to run', stepIs('long', 'running'));
  await withEngineRun(faults.stack, execution_id, (run) => run.terminate('by hand'));
  const execution = await viewer.ended(60_000);
  expect(execution).toMatchObject({ status: 'failed', error: { code: 'ENGINE_TERMINATED' }, current_steps: [] });
  expect(execution.step_details.map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
  await until('its process is gone', () => begun !== undefined && !isAlive(begun.pid));
});

it('runs a step on, once, while Temporal is killed and comes back', async () => {
  const { api } = faults;
  const { execution_id } = await api.start([
    effects.step('a', { ms: OUTLASTING_MS }),
    effects.step('b', { depends_on: ['a'] }),
  ]);
  const viewer = watch(api, execution_id);
  await until('the step has begun', () => effects.of(execution_id).length > 0);
  // The time is the test: a worker that had last been heard of when the step began would be taken for lost now.
  await sleep(UNHEARD_MS);
  const bringBack = await faults.takeDown('temporal');
  await sleep(AWAY_MS);
  bringBack();
  const execution = await viewer.ended();
  expect(execution).toMatchObject({ status: 'completed', error: null });
  expect(execution.step_details.map(({ tries }) => tries)).toEqual([1, 1]);
  expect(names(effects.of(execution_id))).toEqual(ONCE);
});

it('runs no step again that ends while its worker is frozen for longer than its lease', async () => {
  const { api } = faults;
  const { execution_id } = await api.start([
    effects.step('a', { ms: FROZEN_MS / 2, config: { auc: 0.9 } }),
    effects.step('b', { depends_on: ['a'] }),
  ]);
  const viewer = watch(api, execution_id);
  await until('the step has begun', () => effects.of(execution_id).length > 0);
  await viewer.until('the step is shown to run', stepIs('a', 'running'));
  const thaw = faults.freeze('worker');
  await until('the step has ended', () => effects.of(execution_id).length === 2);
  // The time is the test: Temporal takes the try for lost, and asks for the next.
  await sleep(FROZEN_MS);
  thaw();
  const execution = await viewer.ended();
  expect(execution).toMatchObject({ status: 'completed', error: null, step_details: [{ output: { auc: 0.9 } }, {}] });
  expect(names(effects.of(execution_id))).toEqual(ONCE);
});

it('runs no step again that ends while Temporal is frozen', async () => {
  const { api } = faults;
  const ids = ['s0', 's1'];
  const { execution_id } = await api.start(ids.map((id) => effects.step(id, { ms: FROZEN_MS / 2 })));
  const viewer = watch(api, execution_id);
  await until('all steps have begun', () => effects.of(execution_id).length === ids.length);
  const thaw = faults.freeze('temporal');
  await until('all steps have ended', () => effects.of(execution_id).length === 2 * ids.length);
  // The time is the test: Temporal, which hears of the ends late, takes the tries for lost when it goes on.
  await sleep(FROZEN_MS);
  thaw();
  const execution = await viewer.ended();
  expect(execution).toMatchObject({ status: 'completed', error: null });
  expect(names(effects.of(execution_id)).sort()).toEqual(ids.flatMap((id) => [`${id}/1/begin`, `${id}/1/end`]));
});
