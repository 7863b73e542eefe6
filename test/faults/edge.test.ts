import { existsSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { foldAll } from '../../shared/domain/fold.ts';
import type { ExecutionEvent } from '../../shared/schemas/event.ts';
import type { Execution } from '../../shared/schemas/execution.ts';
import type { LogPage } from '../../shared/schemas/log.ts';
import { seededRandom } from '../seeded-random.ts';
import { isOver } from '../stack/api.ts';
import { createEffects, names } from './harness/effects.ts';
import { type FaultStack, startFaultStack } from './harness/fault-stack.ts';
import { unreliableRoad } from './harness/unreliable.ts';
import { until } from './harness/until.ts';
import { allEvents, stepIs, watch } from './harness/watch.ts';

/** Log entries of the runner itself about a try: that it started, that it ended. */
const RUNNER_ENTRIES = 2;

let faults: FaultStack;
const effects = createEffects();
beforeAll(async () => {
  faults = await startFaultStack({ workerEnv: { WF_POSTER_MEMORY_BYTES: String(64 * 1024) } });
});
afterAll(async () => {
  await faults?.stop();
  effects.remove();
});

/** Both effects of each step, at its first try. */
const onceEach = (...ids: string[]) => ids.flatMap((id) => [`${id}/1/begin`, `${id}/1/end`]);

it('goes on with state, cursor and updates after the edge was killed', async () => {
  const { api } = faults;
  const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
  const steps = ids.map((id, i) => effects.step(id, { ms: 700, depends_on: ids.slice(Math.max(0, i - 1), i) }));
  const { execution_id } = await api.start(steps);
  const viewer = watch(api, execution_id);
  const seen: Execution[] = [];
  for (const id of ['b', 'd']) {
    seen.push(await viewer.until(`${id} runs`, stepIs(id, 'running', 'completed')));
    await faults.kill('edge');
    await faults.edgeServes();
  }
  const execution = await viewer.ended();
  expect(execution).toMatchObject({ status: 'completed', progress: { completed_steps: ids.length } });
  expect(names(effects.of(execution_id))).toEqual(onceEach(...ids));
  for (const state of seen) {
    // A viewer that comes back only now.
    const frames = await api.stream(execution_id, (all) => isOver(all.at(-1)), `?after_seq=${state.seq}`);
    expect(foldAll(state, frames.flat() as ExecutionEvent[])).toEqual(execution);
  }
  for (const id of ids) {
    const { pagination } = await api.data<LogPage>('GET', `/workflows/executions/${execution_id}/logs?step_id=${id}`);
    expect(pagination.total_entries, `log entries of ${id}`).toBe(RUNNER_ENTRIES);
  }
});

it('doubles nothing when commands and updates come twice and in another order', async () => {
  const { api, road } = faults;
  const unreliable = unreliableRoad(seededRandom(7));
  road.treatment = unreliable;
  onTestFinished(() => {
    road.treatment = {};
  });
  const { execution_id } = await api.start([
    effects.step('a', { ms: 100 }),
    effects.step('b', { depends_on: ['a'], ms: 300 }),
    effects.step('c', { depends_on: ['a'], ms: 50 }),
    {
      ...{ id: 'd', plugin: 'core', operation: 'fail', depends_on: ['c'], config: { times: 2 } },
      retry_policy: { max_attempts: 3, initial_interval: '100ms' },
    },
    effects.step('e', { depends_on: ['b', 'd'] }),
  ]);
  const execution = await watch(api, execution_id).ended();
  expect(execution).toMatchObject({ status: 'completed' });
  expect(execution.step_details.map(({ tries }) => tries)).toEqual([1, 1, 1, 3, 1]);
  expect(names(effects.of(execution_id)).sort()).toEqual(onceEach('a', 'b', 'c', 'e'));
  const started = (await allEvents(api, execution_id))
    .filter(({ type }) => type === 'workflow.step.started')
    .map(({ data }) => `${data.step_id}/${data.tries}`);
  // A try that failed before its start was told is not said to start; none is said to start twice.
  expect(started).toEqual([...new Set(started)]);

  await unreliable.replay();
  road.treatment = {};
  // On the same socket, so after the repeated commands.
  const next = await api.start([effects.step('a')]);
  await watch(api, next.execution_id).ended();
  expect(await api.getExecution(execution_id)).toEqual(execution);
  expect(names(effects.of(execution_id)).sort()).toEqual(onceEach('a', 'b', 'c', 'e'));
});

it('loses nothing in an outage that is longer than the memory for updates', async () => {
  const { api, road, stack } = faults;
  const entries = 600;
  const { execution_id } = await api.start([
    effects.step('first', { ms: 1_000 }),
    {
      ...{ id: 'chatty', plugin: 'node', operation: 'script', depends_on: ['first'] },
      config: { script: 'test/faults/fixtures/chatty.mjs', input: { entries, bytes: 1_000 } },
    },
    effects.step('last', { depends_on: ['chatty'] }),
  ]);
  // That a viewer sees it run is too early: the worker may still be without the edge's answer, and then waits for it.
  await until('its first step works', () => names(effects.of(execution_id)).includes('first/1/begin'));
  road.cut();
  await until('the worker is done', () => names(effects.of(execution_id)).includes('last/1/end'));
  const spill = `${stack.dataDir}/unsent/spill-0.sqlite-wal`;
  await until('updates are on disk', () => existsSync(spill) && statSync(spill).size > entries * 500);
  road.restore();
  const execution = await watch(api, execution_id).ended();
  expect(execution).toMatchObject({ status: 'completed', progress: { completed_steps: 3 } });
  expect(names(effects.of(execution_id))).toEqual(onceEach('first', 'last'));
  // What waited on disk may arrive after the result.
  const { logs } = await until('all entries are there', async () => {
    const page = await api.data<LogPage>(
      'GET',
      `/workflows/executions/${execution_id}/logs?step_id=chatty&limit=10000`,
    );
    return page.logs.length >= entries + RUNNER_ENTRIES && page;
  });
  const said = logs.map(({ message }) => Number.parseInt(message, 10)).filter((number) => !Number.isNaN(number));
  expect(said).toEqual(Array.from({ length: entries }, (_, i) => i));
});
