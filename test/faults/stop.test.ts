import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Execution } from '../../shared/schemas/execution.ts';
import { isTerminalExecution } from '../../shared/schemas/execution-status.ts';
import type { LogPage } from '../../shared/schemas/log.ts';
import type { Answer, Success } from '../stack/api.ts';
import { createEffects, names } from './harness/effects.ts';
import { withEngineRun } from './harness/engine-run.ts';
import { type FaultStack, startFaultStack } from './harness/fault-stack.ts';
import { isAlive } from './harness/is-alive.ts';
import { until } from './harness/until.ts';
import { allEvents, stepIs, watch } from './harness/watch.ts';

const SLOW_EDGE_MS = 1_500;

let faults: FaultStack;
const effects = createEffects();
beforeAll(async () => {
  faults = await startFaultStack({ worker: 'holding-worker.ts' });
});
afterAll(async () => {
  await faults?.stop();
  effects.remove();
});

const stop = (id: string, body: Record<string, unknown> = {}): Promise<Answer<Success<Execution>>> =>
  faults.api.call('POST', `/workflows/executions/${id}/stop`, body);

const statuses = ({ step_details }: Execution): string[] => step_details.map(({ status }) => status);

it('lets a running step end by itself, and starts nothing after it', async () => {
  const { api } = faults;
  const { execution_id } = await api.start([
    effects.step('done'),
    effects.step('long', { depends_on: ['done'], ms: 600_000 }),
    effects.step('never', { depends_on: ['long'] }),
  ]);
  const viewer = watch(api, execution_id);
  await until('the step has begun', () => names(effects.of(execution_id)).includes('long/1/begin'));
  await viewer.until('the step is shown to run', stepIs('long', 'running'));
  expect(await stop(execution_id, { reason: 'enough', cleanup_resources: true })).toMatchObject({
    status: 202,
    body: { data: { status: 'stopping', reason: 'enough' } },
  });
  const execution = await viewer.ended();
  expect(execution).toMatchObject({ status: 'stopped', reason: 'enough', error: null });
  expect(statuses(execution)).toEqual(['completed', 'cancelled', 'cancelled']);
  expect(names(effects.of(execution_id))).toEqual(['done/1/begin', 'done/1/end', 'long/1/begin', 'long/1/stopped']);
});

it.each([true, false])(
  'cancels a step that sleeps once, and logs the request before that (graceful: %s)',
  async (graceful) => {
    const { api } = faults;
    const { execution_id } = await api.start([
      { id: 'nap', plugin: 'core', operation: 'sleep', config: { duration: '1h' } },
      effects.step('long', { ms: 600_000 }),
    ]);
    const viewer = watch(api, execution_id);
    await until('the step has begun', () => names(effects.of(execution_id)).includes('long/1/begin'));
    const waiting = await viewer.until('both are under way', (state) => {
      return stepIs('nap', 'waiting')(state) && stepIs('long', 'running')(state);
    });
    expect(waiting.step_details[0]).toMatchObject({ tries: 1, completed_at: null });
    await stop(execution_id, { reason: 'enough', graceful });
    const { step_details } = await viewer.ended();
    expect(step_details[0]).toMatchObject({
      ...{ status: 'cancelled', tries: 1, started_at: waiting.step_details[0]?.started_at },
      ...{ completed_at: expect.any(String), duration_seconds: expect.any(Number) },
    });
    const events = await allEvents(api, execution_id);
    const types = events.flatMap(({ type, data }) => (data.step_id === 'nap' ? [type] : []));
    expect(types).toEqual(['workflow.step.waiting', 'workflow.step.cancelled']);
    const { logs } = await api.data<LogPage>('GET', `/workflows/executions/${execution_id}/logs`);
    const messages = logs.map(({ message }) => message);
    const asked = messages.indexOf('Stop requested: enough');
    const ends = messages.flatMap((message, index) => (/^Try 1 .* cancelled/.test(message) ? [index] : []));
    expect(ends).toHaveLength(2);
    expect(ends.every((index) => index > asked && asked > 0)).toBe(true);
  },
);

it.each([
  [true, 'once, after the end of its try', ['held/1/begin', 'held/1/stopped', 'held/1/cleaned']],
  [false, 'never', ['held/1/begin', 'held/1/stopped']],
])('with cleanup_resources %s runs the clean-up of a stopped step %s', async (cleanup_resources, _when, expected) => {
  const { api } = faults;
  const { execution_id } = await api.start([
    effects.step('done'),
    effects.hold('held'),
    { ...effects.hold('never'), depends_on: ['held'] },
  ]);
  const viewer = watch(api, execution_id);
  await viewer.until('the steps are where they stay', (state) => {
    return stepIs('done', 'completed')(state) && stepIs('held', 'running')(state);
  });
  await until('the step has begun', () => names(effects.of(execution_id)).includes('held/1/begin'));
  expect((await stop(execution_id, { cleanup_resources })).status).toBe(202);
  const execution = await viewer.ended();
  expect(execution).toMatchObject({ status: 'stopped', error: null });
  expect(statuses(execution)).toEqual(['completed', 'cancelled', 'cancelled']);
  // The clean-up comes before the end of the execution: nothing is still to come.
  expect(names(effects.of(execution_id)).filter((name) => !name.startsWith('done/'))).toEqual(expected);
});

it('stops once, however often it is asked, and leaves what has ended alone', async () => {
  const { api } = faults;
  const { execution_id } = await api.start([effects.step('long', { ms: 600_000 })]);
  const viewer = watch(api, execution_id);
  await until('the step has begun', () => effects.of(execution_id).length > 0);
  const answers = await Promise.all([
    stop(execution_id, { reason: 'first' }),
    stop(execution_id, { reason: 'first' }),
    stop(execution_id, { reason: 'first', graceful: false }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
  const execution = await viewer.ended();
  expect(execution).toMatchObject({ status: 'stopped', reason: 'first' });
  expect(await stop(execution_id, { reason: 'late' })).toMatchObject({ status: 202, body: { data: execution } });
  expect(await api.getExecution(execution_id)).toEqual(execution);
  // Whether it had time to clean up depends on which request came first.
  expect(names(effects.of(execution_id))).not.toContain('long/1/end');
});

it.each(['worker', 'temporal'] as const)('withdraws a queued execution while the %s is down', async (part) => {
  const { api } = faults;
  const bringBack = await faults.takeDown(part);
  const { execution_id } = await api.start([effects.step('never')]);
  const viewer = watch(api, execution_id);
  const reason = part === 'worker' ? 'no_worker' : 'engine_down';
  await viewer.until('it waits', ({ waiting_for }) => waiting_for?.reason === reason);
  expect((await stop(execution_id)).status).toBe(202);
  expect(await viewer.ended()).toMatchObject({ status: 'stopped', started_at: null, waiting_for: null });
  bringBack();
  const next = await api.start([effects.step('other')]);
  expect(await watch(api, next.execution_id).ended()).toMatchObject({ status: 'completed' });
  expect(effects.of(execution_id)).toEqual([]);
});

it('ends a withdrawn start that runs all the same before its first step', async () => {
  const { api, road, stack } = faults;
  let held = '';
  let deliver: (frame: string) => void = () => undefined;
  road.treatment = {
    frame(frame, send) {
      deliver = send;
      if (held === '' && frame.includes('"type":"start"')) held = frame;
      else send(frame);
    },
  };
  onTestFinished(() => {
    road.treatment = {};
  });
  const { execution_id } = await api.start([effects.step('never')]);
  await until('its start is on the way', () => held !== '');
  expect((await stop(execution_id)).status).toBe(202);
  // The edge takes the start back with the connection that it was sent on.
  road.cut();
  const stopped = await watch(api, execution_id).ended();
  expect(stopped).toMatchObject({ status: 'stopped', started_at: null });
  road.restore();
  await watch(api, (await api.start([effects.step('other')])).execution_id).ended();

  // An edge that is slow to say that the run is not wanted: time enough for a step that does not ask.
  road.treatment = { updates: (body, post) => sleep(SLOW_EDGE_MS).then(() => post(body)) };
  deliver(held);
  const closed = () =>
    withEngineRun(stack, execution_id, (run) => run.describe()).then(
      ({ closeTime }) => closeTime !== undefined,
      () => false,
    );
  await until('its run has ended', closed);
  expect(effects.of(execution_id)).toEqual([]);
  expect(await api.getExecution(execution_id)).toEqual(stopped);
});

it('ends a start that reaches its worker only after the stop, before its first step', async () => {
  const { api, road } = faults;
  const held: (() => void)[] = [];
  road.treatment = {
    frame: (frame, send) => (frame.includes('"type":"start"') ? held.push(() => send(frame)) : send(frame)),
  };
  onTestFinished(() => {
    road.treatment = {};
  });
  const { execution_id } = await api.start([effects.step('a'), effects.step('b', { depends_on: ['a'] })]);
  await until('its start is on the way', () => held.length > 0);
  expect(await stop(execution_id)).toMatchObject({ status: 202 });
  road.treatment = {};
  for (const deliver of held) deliver();
  const stopped = await watch(api, execution_id).ended();
  expect(stopped).toMatchObject({ status: 'stopped', started_at: null });
  expect(stopped.step_details.map(({ status, tries }) => [status, tries])).toEqual([
    ['cancelled', 0],
    ['cancelled', 0],
  ]);
  // On the same socket, and by the same worker.
  await watch(api, (await api.start([effects.step('other')])).execution_id).ended();
  expect(effects.of(execution_id)).toEqual([]);
  expect(await api.getExecution(execution_id)).toEqual(stopped);
});

it('stops a step that pauses between two tries', async () => {
  const { api } = faults;
  const { execution_id } = await api.start([
    {
      ...{ id: 'bad', plugin: 'core', operation: 'fail', config: {} },
      retry_policy: { max_attempts: 5, initial_interval: '10m', max_interval: '10m' },
    },
  ]);
  const viewer = watch(api, execution_id);
  const pausing = await viewer.until('it pauses', stepIs('bad', 'retrying'));
  await stop(execution_id);
  const { status, step_details } = await viewer.ended(20_000);
  const { started_at } = pausing.step_details[0] ?? {};
  expect(status).toBe('stopped');
  expect(step_details).toMatchObject([{ status: 'cancelled', tries: 1, started_at, completed_at: expect.any(String) }]);
  const ends = (await allEvents(api, execution_id)).filter(({ type }) => type === 'workflow.step.cancelled');
  expect(ends).toHaveLength(1);
});

it('ends the whole process group of a script that ignores it', async () => {
  const { api } = faults;
  const folder = mkdtempSync(join(tmpdir(), 'wf-stubborn-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'pids.json');
  const { execution_id } = await api.start([
    {
      ...{ id: 'stubborn', plugin: 'node', operation: 'script' },
      config: { script: 'test/faults/fixtures/stubborn.mjs', input: { file } },
    },
  ]);
  const viewer = watch(api, execution_id);
  const { pids } = await until('it runs', () => readPids(file));
  expect(pids.map(isAlive)).toEqual([true, true]);
  await viewer.until('it is shown to run', stepIs('stubborn', 'running'));
  await stop(execution_id, { graceful: false });
  expect(await viewer.ended()).toMatchObject({ status: 'stopped', step_details: [{ status: 'cancelled' }] });
  // Long before the grace of a graceful stop is over.
  await until('all are gone', () => !pids.some(isAlive), 10_000);
});

function readPids(file: string): { pids: number[] } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Not there yet, or half written.
    return undefined;
  }
}

it('deletes what was done so far when asked to', async () => {
  const { api } = faults;
  const { execution_id } = await api.start([
    {
      ...{ id: 'large', plugin: 'node', operation: 'script' },
      config: { script: 'test/faults/fixtures/large-output.mjs', input: { bytes: 100_000 } },
    },
    effects.step('long', { depends_on: ['large'], ms: 600_000 }),
  ]);
  const viewer = watch(api, execution_id);
  await viewer.until('the second step runs', stepIs('long', 'running'));
  const output = `/workflows/executions/${execution_id}/outputs/large`;
  expect((await api.call('GET', output)).status).toBe(200);
  await stop(execution_id, { save_partial_results: false });
  await viewer.until('the execution ends', ({ status }) => isTerminalExecution(status));
  await until('the output is deleted', async () => (await api.call('GET', output)).status === 404);
  expect(await api.getExecution(execution_id)).toMatchObject({ status: 'stopped', artifacts: [] });
  // The viewer has seen what it has seen; the list of events keeps nothing of it.
  expect(JSON.stringify(await allEvents(api, execution_id))).not.toMatch(/(output|artifact):\/\//);
});
