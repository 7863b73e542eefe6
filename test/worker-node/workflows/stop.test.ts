import { EventEmitter, once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Execution, OutputRef } from '../../../shared/schemas/execution.ts';
import { StoppedWithOutput } from '../../../worker-node/plugins/define-plugin.ts';
import { planOf } from '../engine/plans.ts';
import { deaf, untilAborted } from '../engine/test-plugin.ts';
import { createTestWorker, type TestWorker } from '../engine/test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await createTestWorker();
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => worker.close());

const statuses = (execution: Execution) =>
  Object.fromEntries(execution.step_details.map((detail) => [detail.id, detail.status]));

describe('a stop', () => {
  test('ends what runs, starts nothing new and cleans up after what was stopped', async () => {
    worker.test.run = untilAborted;
    const { id, handle } = await worker.start(
      planOf([
        { id: 'first' },
        { id: 'busy-1', does: 'test.run', depends_on: ['first'] },
        { id: 'next', depends_on: ['busy-1'] },
      ]),
    );
    await worker.test.beginning('busy-1');
    await worker.stop(id);
    const execution = await worker.edge.ended(id);
    expect(execution.status).toBe('stopped');
    expect(statuses(execution)).toEqual({ first: 'completed', 'busy-1': 'cancelled', next: 'cancelled' });
    expect(await handle.result()).toEqual({ status: 'stopped' });
    expect(worker.test.cleaned).toEqual(['busy-1']);
  });

  test('keeps what an operation finishes within its grace period', async () => {
    worker.test.run = async ({ signal }) => {
      await once(signal, 'abort');
      return 'finished all the same';
    };
    const { id } = await worker.start(
      planOf([
        { id: 'busy-2', does: 'test.run' },
        { id: 'next', depends_on: ['busy-2'] },
      ]),
    );
    await worker.test.beginning('busy-2');
    // A try in another process than its workflow hears of the stop by its heartbeat alone.
    vi.spyOn(worker.running, 'cancel').mockReturnValueOnce();
    await worker.stop(id, { frame: false });
    const execution = await worker.edge.ended(id);
    expect(worker.running.cancel).toHaveBeenCalledOnce();
    expect(statuses(execution)).toEqual({ 'busy-2': 'completed', next: 'cancelled' });
    expect(execution.step_details[0]?.output).toBe('finished all the same');
  });

  test('counts no try of a step that never began, and cleans up nothing after it', async () => {
    worker.test.run = untilAborted;
    const ids = ['slot-1', 'slot-2', 'queued'];
    const { id } = await worker.start(planOf(ids.map((id) => ({ id, does: 'test.run', slot: 'compute' as const }))));
    const begun = await worker.edge.until(
      id,
      ({ step_details }) => step_details.filter(({ status }) => status === 'running').length === 2,
    );
    await worker.stop(id);
    const { step_details } = await worker.edge.ended(id);
    const tries = begun.step_details.map(({ status }) => (status === 'running' ? 1 : 0));
    expect(step_details.map(({ status, tries }) => [status, tries])).toEqual(tries.map((n) => ['cancelled', n]));
    const ran = ids.filter((_, i) => tries[i] === 1).sort();
    expect(worker.test.cleaned.filter((step) => ids.includes(step)).sort()).toEqual(ran);
  });

  test('without grace waits for no operation', async () => {
    worker.test.run = deaf;
    const { id } = await worker.start(planOf([{ id: 'busy-3', does: 'test.run' }]));
    await worker.test.beginning('busy-3');
    await worker.stop(id, { graceful: false });
    expect(await worker.edge.ended(id)).toMatchObject({ status: 'stopped', step_details: [{ status: 'cancelled' }] });
  });

  test('that is repeated, harder, takes the grace away', async () => {
    let killed: Promise<unknown> = Promise.resolve();
    worker.test.run = (ctx) => {
      killed = once(ctx.killSignal, 'abort');
      return deaf(ctx);
    };
    const { id } = await worker.start(planOf([{ id: 'busy-4', does: 'test.run' }]));
    await worker.test.beginning('busy-4');
    await worker.stop(id);
    await worker.stop(id);
    await worker.stop(id, { graceful: false, command_id: 'cmd_second' });
    await killed;
    expect(await worker.edge.ended(id)).toMatchObject({ status: 'stopped', step_details: [{ status: 'cancelled' }] });
    // The edge has written that a stop was asked for.
    expect(worker.edge.of(id).logs.filter(({ message }) => message.startsWith('Stop requested'))).toEqual([]);
  });

  test('before the workflow has begun leaves every step undone', async () => {
    await worker.pause();
    const { id } = await worker.start(
      planOf([
        { id: 'a', does: 'test.run' },
        { id: 'b', depends_on: ['a'] },
      ]),
    );
    await worker.stop(id);
    await worker.resume();
    const execution = await worker.edge.ended(id);
    expect(execution.status).toBe('stopped');
    expect(execution.step_details.map(({ status, tries }) => [status, tries])).toEqual([
      ['cancelled', 0],
      ['cancelled', 0],
    ]);
  });

  test('drops outputs and artifacts when partial results are not to be kept, and does not clean up unasked', async () => {
    const cleaned = worker.test.cleaned.length;
    worker.test.run = async ({ step, signal, artifacts }) => {
      const path = join(await artifacts.workdir(), 'a.txt');
      await writeFile(path, 'text');
      const { uri } = await artifacts.put('a.txt', path);
      if (step.id === 'done') return uri;
      if (!signal.aborted) await once(signal, 'abort');
      throw signal.reason;
    };
    const { id } = await worker.start(
      planOf([
        { id: 'done', does: 'test.run' },
        { id: 'busy-5', does: 'test.run', depends_on: ['done'] },
      ]),
    );
    await worker.test.beginning('busy-5');
    await worker.stop(id, { save_partial_results: false, cleanup_resources: false });
    const execution = await worker.edge.ended(id);
    expect(execution.artifacts).toEqual([]);
    expect(execution.step_details[0]).toMatchObject({ status: 'completed', output: null });
    expect(worker.test.cleaned).toHaveLength(cleaned);
  });

  test('that comes too late to stop anything drops nothing', async () => {
    let uri = '';
    worker.test.run = async ({ signal, artifacts }) => {
      const path = join(await artifacts.workdir(), 'a.txt');
      await writeFile(path, 'text');
      ({ uri } = await artifacts.put('a.txt', path));
      if (!signal.aborted) await once(signal, 'abort');
      return 'whole';
    };
    const { id } = await worker.start(planOf([{ id: 'busy-10', does: 'test.run' }]));
    await worker.test.beginning('busy-10');
    await worker.stop(id, { save_partial_results: false });
    const execution = await worker.edge.ended(id);
    expect(execution).toMatchObject({ status: 'completed', artifacts: [uri], step_details: [{ output: 'whole' }] });
    expect(await readFile(await worker.artifacts.open(uri, { attempt: 1 }), 'utf8')).toBe('text');
  });

  test.each([true, false])(
    'keeps what a stopped operation has left, unless it is not to be kept (save_partial_results: %s)',
    async (save_partial_results) => {
      const large = 'x'.repeat(5_000);
      worker.test.run = async ({ signal, artifacts }) => {
        if (!signal.aborted) await once(signal, 'abort');
        const path = join(await artifacts.workdir(), 'ckpt');
        await writeFile(path, 'epoch 7');
        const { uri } = await artifacts.put('ckpt', path);
        throw new StoppedWithOutput({ uri, large });
      };
      const step = `left-${save_partial_results}`;
      const { id } = await worker.start(planOf([{ id: step, does: 'test.run' }]));
      await worker.test.beginning(step);
      await worker.stop(id, { save_partial_results });
      const execution = await worker.edge.ended(id);
      const uri = `artifact://${id}/${step}/ckpt`;
      const opened = worker.artifacts.open(uri, { attempt: 1, counting: { [step]: 1 } });
      expect(execution).toMatchObject({ status: 'stopped', artifacts: save_partial_results ? [uri] : [] });
      expect(execution.step_details[0]).toMatchObject({ status: 'cancelled', error: null });
      const { output } = execution.step_details[0] ?? {};
      if (save_partial_results) {
        expect(await readFile(await opened, 'utf8')).toBe('epoch 7');
        expect(await worker.edge.getOutput(output as OutputRef)).toEqual({ uri, large });
        const ends = worker.edge.of(id).events.filter(({ type }) => type === 'workflow.step.cancelled');
        expect(ends).toMatchObject([{ data: { output, patch: { steps: { [step]: { output } } } } }]);
      } else {
        expect(output).toBeNull();
        await expect(opened).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
      }
    },
  );

  test('reaches a running try at once through the cancel frame, before the signal comes', async () => {
    worker.test.run = untilAborted;
    const { id } = await worker.start(
      planOf([
        { id: 'busy-6', does: 'test.run' },
        { id: 'next', depends_on: ['busy-6'] },
      ]),
    );
    await worker.test.beginning('busy-6');
    worker.running.cancel(id, 1, true);
    await worker.edge.until(id, ({ step_details }) => step_details[0]?.status === 'cancelled');
    await worker.stop(id, { cleanup_resources: false });
    expect(statuses(await worker.edge.ended(id))).toEqual({ 'busy-6': 'cancelled', next: 'cancelled' });
    expect(worker.test.cleaned).not.toContain('busy-6');
  });

  test('that is repeated, harder, leaves a clean-up alone, whose log follows that of the step', async () => {
    worker.test.run = (ctx) => {
      ctx.log('INFO', 'works');
      return untilAborted(ctx);
    };
    const cleaning = new EventEmitter();
    worker.test.clean = async ({ signal, log }) => {
      const goOn = once(cleaning, 'go on');
      cleaning.emit('begun');
      await goOn;
      log('INFO', signal.aborted ? 'clean-up cut short' : 'cleaned up');
    };
    const { id } = await worker.start(planOf([{ id: 'busy-9', does: 'test.run' }]));
    await worker.test.beginning('busy-9');
    const begun = once(cleaning, 'begun');
    await worker.stop(id);
    await begun;
    await worker.stop(id, { graceful: false, command_id: 'cmd_harder' });
    worker.test.clean = async () => undefined;
    cleaning.emit('go on');
    await worker.edge.ended(id);
    const logs = worker.edge.of(id).logs.filter(({ step_id }) => step_id === 'busy-9');
    expect(logs.map(({ message }) => message)).toContain('cleaned up');
    expect(new Set(logs.map(({ source, n }) => `${source} ${n}`)).size).toBe(logs.length);
  });

  test('cleans up again when the worker goes away meanwhile, but not when the clean-up fails', async () => {
    worker.test.run = untilAborted;
    const begun = new EventEmitter();
    const shutDown = once(begun, 'first').then(() => worker.pause());
    worker.test.clean = async ({ signal }) => {
      if (!begun.emit('first')) throw new Error('broken');
      if (!signal.aborted) await once(signal, 'abort');
      throw signal.reason;
    };
    const { id } = await worker.start(planOf([{ id: 'busy-11', does: 'test.run' }]));
    await worker.test.beginning('busy-11');
    await worker.stop(id);
    await shutDown;
    await worker.resume();
    await worker.edge.ended(id);
    worker.test.clean = async () => undefined;
    expect(worker.test.cleaned.filter((step) => step === 'busy-11')).toHaveLength(2);
  });

  test('in the engine (cancel) is a graceful stop', async () => {
    worker.test.run = untilAborted;
    const { id, handle } = await worker.start(planOf([{ id: 'busy-7', does: 'test.run' }]));
    await worker.test.beginning('busy-7');
    await handle.cancel();
    expect((await worker.edge.ended(id)).status).toBe('stopped');
    expect(worker.edge.of(id).logs.map(({ message }) => message)).toContain('Stop requested: Cancelled in the engine.');
  });
});

test('an execution that takes longer than its timeout is stopped and ends timed_out', async () => {
  worker.test.run = untilAborted;
  const cancel = vi.spyOn(worker.running, 'cancel');
  const { id, handle } = await worker.start(
    planOf(
      [
        { id: 'busy-8', does: 'test.run' },
        { id: 'next', depends_on: ['busy-8'] },
      ],
      100,
    ),
  );
  const execution = await worker.edge.ended(id);
  expect(execution).toMatchObject({ status: 'timed_out', error: { code: 'TIMEOUT', step_id: null } });
  expect(statuses(execution)).toEqual({ 'busy-8': 'cancelled', next: 'cancelled' });
  expect(cancel).toHaveBeenCalledWith(id, 1, true);
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'TIMEOUT' } });
});

test('an execution that the edge has withdrawn ends before its first step', async () => {
  await worker.pause();
  const { id, handle } = await worker.start(
    planOf([
      { id: 'never', does: 'test.run' },
      { id: 'next', depends_on: ['never'] },
    ]),
  );
  worker.edge.withdrawn.add(id);
  await worker.resume();
  expect(await handle.result()).toEqual({ status: 'stopped' });
  expect(worker.test.begun.map(({ step }) => step)).not.toContain('never');
});
