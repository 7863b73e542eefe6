import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planOf, type StepOptions } from '../engine/plans.ts';
import { createTestWorker, type TestWorker } from '../engine/test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await createTestWorker();
});
afterAll(() => worker.close());

describe('while the edge is away', () => {
  test('the result is published when it is back, whatever that takes', async () => {
    worker.test.run = async () => {
      worker.edge.reachable = false;
      return 'done';
    };
    const { id, handle } = await worker.start(planOf([{ id: 'cut', does: 'test.run' }]));
    await worker.test.beginning('cut');
    // The local activity has failed once the regular one is scheduled.
    for (let scheduled = 0; scheduled < 2; ) {
      const { events } = await handle.fetchHistory();
      scheduled = events?.filter((event) => event.activityTaskScheduledEventAttributes).length ?? 0;
    }
    worker.edge.reachable = true;
    expect(await worker.edge.ended(id)).toMatchObject({ status: 'completed', step_details: [{ output: 'done' }] });
    expect(await handle.result()).toEqual({ status: 'completed' });
  });

  test('the first step waits for its word, and a large output for its return', async () => {
    worker.edge.reachable = false;
    const large = { text: 'x'.repeat(10_000) };
    worker.test.run = async () => {
      worker.edge.reachable = false;
      setTimeout(() => {
        worker.edge.reachable = true;
      }, 300);
      return large;
    };
    const { id } = await worker.start(
      planOf([
        { id: 'large', does: 'test.run' },
        {
          id: 'reader',
          depends_on: ['large'],
          refs: ['large'],
          config: { size: '${{ size(steps.large.output.text) }}' },
        },
      ]),
    );
    expect(worker.test.begun.map(({ step }) => step)).not.toContain('large');
    worker.edge.reachable = true;
    const { step_details } = await worker.edge.ended(id);
    expect(step_details[0]).toMatchObject({ status: 'completed', tries: 1 });
    expect(step_details[0]?.output).toMatchObject({ $ref: `output://${id}/1/large/1`, size: 10_011 });
    expect(step_details[1]?.output).toEqual({ size: 10_000 });
  });
});

describe('a result that the edge refuses for good', () => {
  test.each([
    ['completed', 'failed', {}],
    ['failed', 'failed', { does: 'core.fail', config: {} }],
  ])('of a run that %s ends the execution as %s, with an error that says so', async (was, status, step) => {
    worker.edge.refusesResults = true;
    const { id, handle } = await worker.start(planOf([{ id: 'only', ...step }]));
    const ended = await worker.edge.ended(id);
    worker.edge.refusesResults = false;
    expect(ended).toMatchObject({ status, step_details: [{ status: was }] });
    expect(ended.error).toEqual({
      code: 'RESULT_REFUSED',
      message: `The edge refused the result (the steps ended, the execution was ${was}): a result update has over 65536 bytes for one step`,
      step_id: null,
    });
    await handle.result().catch((error: Error) => expect(error.name).toBe('WorkflowFailedError'));
    const { events } = await handle.fetchHistory();
    expect(JSON.stringify(events)).not.toContain('"publishResult"');
  });
});

describe('an attempt that the edge does not want', () => {
  test('ends before the first step behind a sleep', async () => {
    const plan = planOf([
      { id: 'nap', does: 'core.sleep', config: { duration: '1ms' } },
      { id: 'unwanted', does: 'test.run', depends_on: ['nap'] },
    ]);
    const { id, handle } = await worker.start(plan);
    worker.edge.withdrawn.add(id);
    expect(await handle.result()).toEqual({ status: 'stopped' });
    expect(worker.test.begun.map(({ step }) => step)).not.toContain('unwanted');
  });

  test('ends before its first step when that was lost while it waited for the word', async () => {
    worker.edge.reachable = false;
    const { id, handle } = await worker.start(planOf([{ id: 'unwanted', does: 'test.run' }]));
    while (worker.running.attempts().length === 0) await setImmediate();
    await worker.pause();
    worker.edge.withdrawn.add(id);
    worker.edge.reachable = true;
    await worker.resume();
    expect(await handle.result()).toEqual({ status: 'stopped' });
    expect(worker.test.begun.map(({ step }) => step)).not.toContain('unwanted');
  });

  test('is asked about until a step has completed, and not after it', async () => {
    const { id, handle } = await worker.start(
      planOf([
        { id: 'failing', does: 'core.fail', config: { times: 1 }, retry: { max_attempts: 2 } },
        { id: 'next', depends_on: ['failing'] },
        { id: 'last', depends_on: ['next'] },
      ]),
    );
    await worker.edge.ended(id);
    const { events } = await handle.fetchHistory();
    const inputs = events?.flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled?.activityType?.name === 'runStep' ? (scheduled.input?.payloads ?? []) : [],
    );
    const asked = inputs?.map((payload) => JSON.parse(Buffer.from(payload.data ?? []).toString()).confirm);
    expect(asked).toEqual([true, true, false, false]);
  });
});

describe('a plan that is too large for history', () => {
  test('is read from the edge, by the workflow and by its steps', async () => {
    const steps: StepOptions[] = [
      { id: 'a', config: { big: 'x'.repeat(1_000) } },
      { id: 'b', depends_on: ['a'], config: { n: 2 } },
    ];
    const { id, handle } = await worker.start(planOf(steps), { byReference: true });
    const execution = await worker.edge.ended(id);
    expect(execution.step_details.map(({ output }) => output)).toEqual([{ big: 'x'.repeat(1_000) }, { n: 2 }]);
    expect(JSON.stringify((await handle.fetchHistory()).events?.[0])).not.toContain('xxxx');
  });
});

describe('a step', () => {
  test('is told parameters, upstream outputs and the execution through its expressions', async () => {
    const { id } = await worker.start(
      planOf([
        { id: 'a', config: { n: 20 } },
        {
          id: 'b',
          depends_on: ['a'],
          refs: ['a'],
          config: { sum: '${{ steps.a.output.n + parameters.add }}', in: '${{ workflow.id }}' },
        },
      ]),
      { parameters: { add: 22 } },
    );
    expect((await worker.edge.ended(id)).step_details[1]?.output).toEqual({ sum: 42, in: 'wf_test' });
  });

  test.each([
    ['an operation that the worker does not have', { does: 'core.nothing' }, 'PLUGIN_UNAVAILABLE'],
    ['a config that its schema refuses', { config: { delay: 5 } }, 'INVALID_CONFIG'],
    ['an expression without a value', { config: { x: '${{ parameters.nothing }}' } }, 'VALIDATION_ERROR'],
  ])('with %s fails and says why', async (_, options, code) => {
    const { id } = await worker.start(planOf([{ id: 'a', ...options }]));
    expect((await worker.edge.ended(id)).step_details).toMatchObject([{ status: 'failed', error: { code } }]);
  });

  test('writes a log entry at its start and at its end, and what is logged in between', async () => {
    worker.test.run = async ({ log }) => {
      log('WARN', 'careful', { rows: 3 });
      return null;
    };
    const { id } = await worker.start(planOf([{ id: 'talks', does: 'test.run' }]));
    await worker.edge.ended(id);
    const logs = worker.edge.of(id).logs.filter(({ step_id }) => step_id === 'talks');
    expect(logs.map(({ level, source, n, plugin }) => [level, source, n, plugin])).toEqual([
      ['INFO', 'talks/1', 0, 'test'],
      ['WARN', 'talks/1', 1, 'test'],
      ['INFO', 'talks/1', 2, 'test'],
    ]);
    expect(logs[1]?.metadata).toEqual({ rows: 3 });
  });

  test('reports progress and usage, at most four times a second and always the last', async () => {
    worker.test.run = async ({ progress, usage }) => {
      for (let percentage = 0; percentage <= 100; percentage++)
        progress({ percentage, current_operation: `row ${percentage}` });
      usage({ workers: 2 });
      return null;
    };
    const { id } = await worker.start(planOf([{ id: 'busy', does: 'test.run' }]));
    const { step_details } = await worker.edge.ended(id);
    expect(step_details[0]?.resource_usage).toMatchObject({ workers: 2, cpu_usage: null });
    const reports = worker.edge.of(id).updates.filter((update) => update.type === 'step_progress');
    expect(reports).toHaveLength(2);
    expect(reports[1]).toMatchObject({
      n: 1,
      progress: { percentage: 100, current_operation: 'row 100' },
      usage: { workers: 2 },
    });
  });
});
