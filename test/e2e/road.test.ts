import { expect, it } from 'vitest';
import { foldAll } from '../../shared/domain/fold.ts';
import type { ExecutionEvent } from '../../shared/schemas/event.ts';
import type { Execution } from '../../shared/schemas/execution.ts';
import type { LogPage } from '../../shared/schemas/log.ts';
import { isOver } from '../stack/api.ts';
import { call, data, ended, getExecution, start, stream } from './api.ts';

const echo = (id: string, depends_on: string[] = [], config: Record<string, unknown> = {}) => ({
  id,
  plugin: 'core',
  operation: 'echo',
  depends_on,
  config,
});

it('runs a DAG in order and passes outputs along', async () => {
  const { execution_id } = await start(
    [echo('a', [], { value: 20 }), echo('b', ['a'], { sum: '${{ steps.a.output.value + parameters.more }}' })],
    { parameters: { more: 22 } },
  );
  const execution = await ended(execution_id);
  expect(execution).toMatchObject({
    status: 'completed',
    attempt: 1,
    progress: { completed_steps: 2, total_steps: 2, percentage: 100 },
  });
  expect(execution.step_details.map((step) => step.output)).toEqual([{ value: 20 }, { sum: 42 }]);
  expect(String(execution.step_details[1]?.started_at) >= String(execution.step_details[0]?.completed_at)).toBe(true);
});

it('streams a snapshot and events that fold to what GET answers', async () => {
  const { execution_id } = await start([echo('a', [], { delay: '100ms' }), echo('b', ['a']), echo('c', ['a'])]);
  const [first, ...rest] = await stream(execution_id, (frames) => isOver(frames.at(-1)));
  const { snapshot } = first as { snapshot: Execution };
  const events = rest.flat() as ExecutionEvent[];
  expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => snapshot.seq + 1 + i));
  expect(foldAll(snapshot, events)).toEqual(await getExecution(execution_id));
});

it('resumes a stream after a cursor without a gap or a repetition', async () => {
  const { execution_id } = await start([echo('a'), echo('b', ['a'])]);
  const { seq } = await ended(execution_id);
  const frames = await stream(execution_id, (read) => isOver(read.at(-1)), '?after_seq=2');
  const events = frames.flat() as ExecutionEvent[];
  expect(events.map((event) => event.seq)).toEqual(Array.from({ length: seq - 2 }, (_, i) => i + 3));
});

it('fails a step, skips what depends on it and lets the rest go on', async () => {
  const { execution_id } = await start([
    {
      id: 'bad',
      plugin: 'core',
      operation: 'fail',
      config: { code: 'NO_LUCK', message: 'as asked', retryable: false },
    },
    echo('after', ['bad']),
    echo('beside'),
  ]);
  const execution = await ended(execution_id);
  expect(execution).toMatchObject({ status: 'failed', error: { code: 'NO_LUCK', step_id: 'bad' } });
  expect(execution.step_details.map((step) => step.status)).toEqual(['failed', 'skipped', 'completed']);
});

it('answers the logs of every try', async () => {
  const { execution_id } = await start([echo('a')]);
  await ended(execution_id);
  const page = await data<LogPage>('GET', `/workflows/executions/${execution_id}/logs?step_id=a`);
  expect(page.logs.length).toBeGreaterThanOrEqual(2);
  expect(page.logs[0]).toMatchObject({ level: 'INFO', step_id: 'a', plugin: 'core' });
  expect(Object.keys(page.logs[0]?.metadata ?? {})).toEqual(expect.arrayContaining(['correlation_id', 'trace_id']));
});

it('stops a running execution and cancels what was open', async () => {
  const { execution_id } = await start([echo('long', [], { delay: '10m' }), echo('never', ['long'])]);
  await stream(execution_id, (frames) => JSON.stringify(frames.at(-1)).includes('"current_steps":["long"]'));
  const stopped = await call<{ data: Execution }>('POST', `/workflows/executions/${execution_id}/stop`, {
    reason: 'enough',
  });
  expect(stopped).toMatchObject({ status: 202, body: { data: { status: 'stopping', reason: 'enough' } } });
  const execution = await ended(execution_id);
  expect(execution).toMatchObject({ status: 'stopped', reason: 'enough', current_steps: [] });
  expect(execution.step_details.map((step) => step.status)).toEqual(['cancelled', 'cancelled']);
});

it('holds the answer of a synchronous execute until the end', async () => {
  expect(await start([echo('a', [], { value: 1 })], { async: false })).toMatchObject({ status: 'completed' });
});
