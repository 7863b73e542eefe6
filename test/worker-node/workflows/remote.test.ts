import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import type { Plugin } from '../../../worker-node/plugins/define-plugin.ts';
import { planOf } from '../engine/plans.ts';
import { createTestWorker, type TestWorker } from '../engine/test-worker.ts';
import { startVendor, type Vendor } from '../engine/vendor.ts';
import { createVendorPlugin } from '../engine/vendor-plugin.ts';

let vendor: Vendor;
let plugin: Plugin;
let worker: TestWorker;
beforeAll(async () => {
  vendor = await startVendor();
  plugin = createVendorPlugin(vendor.url);
  worker = await createTestWorker({ plugins: [plugin] });
});
beforeEach(() => {
  vendor.fault = () => undefined;
});
afterAll(async () => {
  await worker.close();
  await vendor.close();
});

const start = (id: string, options: Partial<Parameters<typeof planOf>[0][number]> = {}) =>
  worker.start(planOf([{ id, does: 'vendor.run', ...options }]));
const stepOf = async (executionId: string) => (await worker.edge.ended(executionId)).step_details[0];
const submits = (name: string) => vendor.calls.filter((called) => called.call === 'submit' && called.name === name);
const polled = (name: string, times = 1) =>
  vendor.until(() => vendor.of(name).length > 0 && vendor.of(name).every(({ polls }) => polls >= times));

describe('a remote operation', () => {
  test('is submitted once, polled to its end, and answers the result', async () => {
    const { id } = await start('whole', { config: { rows: 3 } });
    await polled('whole', 3);
    vendor.change('whole', { percentage: 40 });
    await worker.edge.until(id, ({ step_details }) => step_details[0]?.progress?.percentage === 40);
    vendor.change('whole', { state: 'succeeded', output: { auc: 0.9 } });
    expect(await stepOf(id)).toMatchObject({ status: 'completed', tries: 1, output: { auc: 0.9 } });
    const { config, id: cluster_id } = vendor.of('whole')[0] ?? {};
    expect(config).toEqual({ rows: 3 });
    expect(worker.edge.of(id).updates.find(({ type }) => type === 'step_ended')).toMatchObject({
      result: { usage: { cluster_id, workers: 4 } },
    });
    expect(submits('whole')).toHaveLength(1);
    expect(vendor.calls.filter(({ call, name }) => name === 'whole' && call === 'cancel')).toEqual([]);
  });

  test('whose job fails is submitted anew, with another key, as its retry policy says', async () => {
    const { id } = await start('flaky', { retry: { max_attempts: 2 } });
    await polled('flaky');
    vendor.change('flaky', { state: 'failed', transient: true });
    await vendor.until(() => vendor.of('flaky').length === 2);
    vendor.change('flaky', { state: 'succeeded', output: 'better' });
    expect(await stepOf(id)).toMatchObject({ status: 'completed', tries: 2, output: 'better' });
    const keys = submits('flaky').map(({ key }) => key);
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key.length).toBeLessThanOrEqual(64);
  });

  test('whose job fails for good is not tried again', async () => {
    const { id } = await start('hopeless', { retry: { max_attempts: 5 } });
    await polled('hopeless');
    vendor.change('hopeless', { state: 'failed' });
    expect(await stepOf(id)).toMatchObject({
      status: 'failed',
      tries: 1,
      error: { code: 'JOB_FAILED', retryable: false },
    });
    expect(vendor.of('hopeless')).toHaveLength(1);
  });

  test.each(['submit', 'poll', 'result'] as const)(
    'asks again when %s fails in passing, and pays once',
    async (call) => {
      const name = `passing-${call}`;
      let refusals = 2;
      vendor.fault = (called) => (called === call && refusals-- > 0 ? 503 : undefined);
      const { id } = await start(name);
      await polled(name);
      vendor.change(name, { state: 'succeeded', output: 'whole' });
      expect(await stepOf(id)).toMatchObject({ status: 'completed', tries: 1, output: 'whole' });
      expect(vendor.of(name)).toHaveLength(1);
      expect(new Set(submits(name).map(({ key }) => key)).size).toBe(1);
      const warnings = worker.edge.of(id).logs.filter(({ level }) => level === 'WARN');
      expect(warnings.filter(({ message }) => message.includes('VENDOR_AWAY'))).toHaveLength(2);
    },
  );

  test('that cannot be submitted fails with what its plugin says of it, after some requests', async () => {
    vendor.fault = () => 503;
    const { id } = await start('away');
    expect(await stepOf(id)).toMatchObject({
      status: 'failed',
      tries: 1,
      error: { code: 'VENDOR_AWAY', retryable: true },
    });
    expect(submits('away')).toHaveLength(5);
    vendor.fault = () => 400;
    expect(await stepOf((await start('refused')).id)).toMatchObject({ status: 'failed', error: { code: 'REFUSED' } });
    expect(submits('refused')).toHaveLength(1);
  });

  test('that may not be polled any more fails, and its job is cancelled', async () => {
    vendor.fault = (call) => (call === 'poll' ? 403 : undefined);
    const { id } = await start('expired');
    expect(await stepOf(id)).toMatchObject({ status: 'failed', error: { code: 'REFUSED' } });
    expect(vendor.of('expired')).toMatchObject([{ state: 'cancelled' }]);
  });

  test('that takes too long is cancelled, and submitted anew with another key', async () => {
    const { id } = await start('slow', { timeout_ms: 150, retry: { max_attempts: 2 } });
    expect(await stepOf(id)).toMatchObject({ status: 'failed', tries: 2, error: { code: 'TIMEOUT' } });
    expect(vendor.of('slow')).toMatchObject([{ state: 'cancelled' }, { state: 'cancelled' }]);
    expect(new Set(submits('slow').map(({ key }) => key)).size).toBe(2);
  });
});

describe('a stop', () => {
  test('cancels the job, and then cleans up after it', async () => {
    const { id } = await start('stopped');
    await polled('stopped');
    await worker.stop(id);
    expect(await stepOf(id)).toMatchObject({ status: 'cancelled' });
    expect(vendor.of('stopped')).toMatchObject([{ state: 'cancelled', removed: true }]);
  });

  test('cancels the job when there is to be no clean-up and no grace, too', async () => {
    const { id } = await start('dropped');
    await polled('dropped');
    await worker.stop(id, { graceful: false, cleanup_resources: false });
    await vendor.until(() => vendor.of('dropped').every(({ state }) => state === 'cancelled'));
    expect(await stepOf(id)).toMatchObject({ status: 'cancelled' });
    expect(vendor.of('dropped')).toMatchObject([{ removed: false }]);
  });

  test('that comes when the job has succeeded leaves time to fetch its result', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    vendor.fault = (call) => (call === 'result' ? promise : undefined);
    const { id } = await start('succeeded');
    await polled('succeeded');
    vendor.change('succeeded', { state: 'succeeded', output: 'whole' });
    await vendor.until(() => vendor.calls.some(({ call, name }) => call === 'result' && name === 'succeeded'));
    await worker.stop(id);
    resolve();
    expect(await stepOf(id)).toMatchObject({ status: 'completed', output: 'whole' });
  });

  test('waits for no poll that has no answer', async () => {
    vendor.fault = (call) => (call === 'poll' ? 'silence' : undefined);
    const { id } = await start('silent');
    await polled('silent');
    await worker.stop(id, { cleanup_resources: false });
    expect(await stepOf(id)).toMatchObject({ status: 'cancelled' });
    expect(vendor.of('silent')).toMatchObject([{ state: 'cancelled' }]);
  });

  test('asks again when the job cannot be cancelled at once', async () => {
    let refusals = 2;
    vendor.fault = (call) => (call === 'cancel' && refusals-- > 0 ? 503 : undefined);
    const { id } = await start('stubborn');
    await polled('stubborn');
    await worker.stop(id, { cleanup_resources: false });
    expect(await stepOf(id)).toMatchObject({ status: 'cancelled' });
    expect(vendor.of('stubborn')).toMatchObject([{ state: 'cancelled' }]);
  });

  test('while the job is being submitted cancels it once it is known', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    vendor.fault = (call) => (call === 'submit' ? promise : undefined);
    const { id } = await start('late');
    await vendor.until(() => submits('late').length === 1);
    await worker.stop(id, { cleanup_resources: false });
    resolve();
    expect(await stepOf(id)).toMatchObject({ status: 'cancelled' });
    expect(vendor.of('late')).toMatchObject([{ state: 'cancelled', polls: 0 }]);
  });
});

test('a worker that shuts down lets go of its job, and the next one goes on with it', async () => {
  const { id } = await start('moved');
  await polled('moved');
  await worker.pause();
  expect(vendor.of('moved')).toMatchObject([{ state: 'running' }]);
  await worker.resume();
  const before = vendor.of('moved')[0]?.polls ?? 0;
  await polled('moved', before + 1);
  vendor.change('moved', { state: 'succeeded', output: 'whole' });
  expect(await stepOf(id)).toMatchObject({ status: 'completed', tries: 2, output: 'whole' });
  expect(submits('moved')).toHaveLength(1);
});

test('a job waits for a worker that offers its plugin', async () => {
  const { id } = await start('kept', { retry: { max_attempts: 100 } });
  await polled('kept');
  await worker.pause();
  const { operations } = plugin;
  plugin.operations = {};
  await worker.resume();
  await worker.edge.until(id, ({ step_details }) => step_details[0]?.error?.code === 'PLUGIN_UNAVAILABLE');
  plugin.operations = operations;
  vendor.change('kept', { state: 'succeeded', output: 'whole' });
  expect(await stepOf(id)).toMatchObject({ status: 'completed', output: 'whole' });
  expect(vendor.of('kept')).toHaveLength(1);
});

describe('a worker that is killed', () => {
  let going: { id: string; handle: WorkflowHandle };
  let stopped: { id: string; handle: WorkflowHandle };

  beforeAll(async () => {
    vendor.fault = (call, name) => (call === 'submit' && name === 'unheard' ? 'silence' : undefined);
    await worker.pause();
    const args = [inject('temporalAddress'), worker.pool, inject('workflowBundle'), vendor.url];
    const child = fork(join(import.meta.dirname, '../engine/worker-process.ts'), args);
    await once(child, 'message');
    const steps = ['heard', 'unheard'].map((id) => ({ id, does: 'vendor.run' }));
    going = await worker.start(planOf(steps));
    stopped = await start('stopped-unseen');
    await Promise.all([
      polled('heard', 2),
      polled('stopped-unseen', 2),
      vendor.until(() => submits('unheard').length > 0),
    ]);
    await Promise.all([engineKnows(going.handle, 'heard'), engineKnows(stopped.handle, 'stopped-unseen')]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    vendor.fault = () => undefined;
    await worker.stop(stopped.id, { frame: false });
    await worker.resume();
    await vendor.until(() => submits('unheard').length === 2);
    for (const name of ['heard', 'unheard']) vendor.change(name, { state: 'succeeded', output: name });
    await Promise.all([worker.edge.ended(going.id), worker.edge.ended(stopped.id)]);
  }, 60_000);

  /** A heartbeat with the step's job has arrived. */
  const engineKnows = (handle: WorkflowHandle, name: string) =>
    vi.waitFor(async () => {
      const { raw } = await handle.describe();
      const details = raw.pendingActivities?.flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads ?? []) ?? [];
      const texts = details.map(({ data }) => Buffer.from(data ?? []).toString());
      expect(texts).toContainEqual(JSON.stringify({ handle: { id: vendor.of(name)[0]?.id } }));
    }, 15_000);

  test('leaves its job to the next, which does not submit it again', () => {
    expect(worker.edge.view(going.id).step_details[0]).toMatchObject({
      status: 'completed',
      tries: 2,
      output: 'heard',
    });
    expect(submits('heard')).toHaveLength(1);
    expect(vendor.of('heard')).toHaveLength(1);
  });

  test('before it knows of its job has it submitted again with the same key', () => {
    expect(worker.edge.view(going.id).step_details[1]).toMatchObject({
      status: 'completed',
      tries: 2,
      output: 'unheard',
    });
    expect(submits('unheard')).toHaveLength(2);
    expect(vendor.of('unheard')).toHaveLength(1);
  });

  test('during a stop leaves its job to the clean-up', () => {
    expect(worker.edge.view(stopped.id)).toMatchObject({ status: 'stopped', step_details: [{ status: 'cancelled' }] });
    expect(vendor.of('stopped-unseen')).toMatchObject([{ state: 'cancelled', removed: true }]);
  });
});
