import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/schemas/json.ts';
import { type OperationContext, PluginError } from '../../../worker-node/plugins/define-plugin.ts';
import { planOf } from '../engine/plans.ts';
import { createTestWorker, type TestWorker } from '../engine/test-worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await createTestWorker();
});
afterAll(() => worker.close());

async function store({ artifacts }: OperationContext<JsonObject>, name: string, text: string): Promise<string> {
  const path = join(await artifacts.workdir(), 'file');
  await writeFile(path, text);
  return (await artifacts.put(name, path)).uri;
}

const failure = (message: string) => new PluginError({ code: 'DIVERGED', message, retryable: true });

/** What the artifact in the config holds, or the code of the error. */
async function read({ config, artifacts }: OperationContext<JsonObject>): Promise<JsonValue> {
  try {
    return await readFile(await artifacts.open(String(config.uri)), 'utf8');
  } catch (error) {
    return error instanceof PluginError ? error.code : String(error);
  }
}

const URI = (step: string, name: string) => `artifact://\${{ execution.id }}/${step}/${name}`;

test.each([{}, { limits: { softEvents: 8 } }, { byReference: true }])(
  'a step reads what the try that completed has stored, and nothing of a failed one (%j)',
  async (options) => {
    worker.test.run = async (ctx) => {
      if (ctx.step.id !== 'train') return read(ctx);
      await store(ctx, 'model', ctx.step.try === 1 ? 'diverged' : 'good');
      if (ctx.step.try > 1) return null;
      await store(ctx, 'partial', 'half');
      throw failure('epoch 1');
    };
    const { id } = await worker.start(
      planOf([
        { id: 'train', does: 'test.run', retry: { max_attempts: 2 } },
        { id: 'early', does: 'test.run', depends_on: ['train'], config: { uri: URI('train', 'model') } },
        { id: 'nap', does: 'core.sleep', config: { duration: '50ms' }, depends_on: ['early'] },
        { id: 'later', does: 'test.run', depends_on: ['nap'], config: { uri: URI('train', 'model') } },
        { id: 'gone', does: 'test.run', depends_on: ['nap'], config: { uri: URI('train', 'partial') } },
      ]),
      options,
    );
    const { step_details } = await worker.edge.ended(id);
    const outputs = Object.fromEntries(step_details.map((step) => [step.id, step.output]));
    expect(outputs).toMatchObject({ early: 'good', later: 'good', gone: 'ARTIFACT_NOT_FOUND' });
    expect(step_details[0]).toMatchObject({ tries: 2, artifacts: [`artifact://${id}/train/model`] });
  },
);

test('the files of the last failed try are kept, and no other step reads them while the step is tried again', async () => {
  worker.test.run = async (ctx) => {
    if (ctx.step.id === 'reads') return read(ctx);
    await store(ctx, 'model', `try ${ctx.step.try}`);
    throw failure('again');
  };
  const { id } = await worker.start(
    planOf([
      { id: 'fails', does: 'test.run', retry: { max_attempts: 2, initial_interval_ms: 400 } },
      { id: 'nap', does: 'core.sleep', config: { duration: '100ms' } },
      { id: 'reads', does: 'test.run', depends_on: ['nap'], config: { uri: URI('fails', 'model') } },
    ]),
  );
  const { step_details } = await worker.edge.ended(id);
  const uri = `artifact://${id}/fails/model`;
  expect(step_details).toMatchObject([
    { status: 'failed', tries: 2, artifacts: [uri] },
    {},
    { output: 'ARTIFACT_NOT_FOUND' },
  ]);
  const opened = worker.artifacts.open(uri, { attempt: 1, counting: { fails: 2 } });
  expect(await readFile(await opened, 'utf8')).toBe('try 2');
});

test('a step that is stopped between two tries keeps the files of the failed one', async () => {
  worker.test.run = async (ctx) => {
    await store(ctx, 'model', 'try 1');
    throw failure('later');
  };
  const retry = { max_attempts: 2, initial_interval_ms: 600_000, max_interval_ms: 600_000 };
  const { id } = await worker.start(planOf([{ id: 'pauses', does: 'test.run', retry }]));
  await worker.edge.until(id, ({ step_details }) => step_details[0]?.status === 'retrying');
  await worker.stop(id);
  const { step_details } = await worker.edge.ended(id);
  expect(step_details).toMatchObject([{ status: 'cancelled', artifacts: [`artifact://${id}/pauses/model`] }]);
});

test('what a timed-out try was storing does not take the place of what the next one has stored', async () => {
  worker.test.run = async (ctx) => {
    if (ctx.step.id === 'reads') return read(ctx);
    if (ctx.step.try > 1) return store(ctx, 'model', 'good');
    const path = join(await ctx.artifacts.workdir(), 'large');
    await writeFile(path, '');
    // Of 4 GB of zeros it has not read much by then.
    await truncate(path, 4 * 1024 ** 3);
    await Promise.race([ctx.artifacts.put('model', path), once(ctx.signal, 'abort')]);
    throw ctx.signal.reason;
  };
  const { id } = await worker.start(
    planOf([
      { id: 'slow', does: 'test.run', timeout_ms: 200, retry: { max_attempts: 2 } },
      { id: 'reads', does: 'test.run', depends_on: ['slow'], config: { uri: URI('slow', 'model') } },
    ]),
  );
  const { step_details } = await worker.edge.ended(id);
  expect(step_details).toMatchObject([{ status: 'completed', tries: 2 }, { output: 'good' }]);
  const first = worker.artifacts.open(`artifact://${id}/slow/model`, { attempt: 1, counting: { slow: 1 } });
  await expect(first).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
});

test.each(['SIGKILL', 'SIGSTOP'] as const)(
  'what a try stored whose worker is lost (%s) does not take the place of what another worker has stored',
  async (signal) => {
    await worker.pause();
    await mkdir(worker.artifactsDir, { recursive: true });
    // A frozen worker takes no other step.
    const args = [inject('temporalAddress'), worker.pool, inject('workflowBundle'), '', '1'];
    const child = fork(join(import.meta.dirname, '../engine/worker-process.ts'), args, { cwd: worker.artifactsDir });
    onTestFinished(() => void child.kill('SIGKILL'));
    const said = on(child, 'message');
    const until = async (ready: (message: Record<string, unknown>) => boolean) => {
      for await (const [message] of said) if (ready(message)) return;
    };
    await once(child, 'message');
    const { id } = await worker.start(
      planOf([
        { id: 'endless', does: 'test.run', config: { store: 'model' } },
        { id: 'reads', does: 'test.run', depends_on: ['endless'], config: { uri: URI('endless', 'model') } },
      ]),
    );
    await until(({ begun }) => begun === 'endless');
    child.kill(signal);
    worker.test.run = (ctx) =>
      ctx.step.id === 'reads' ? read(ctx) : store(ctx, 'model', `try ${ctx.step.try} of this worker`);
    await worker.resume();
    const { step_details } = await worker.edge.ended(id);
    const tries = step_details[0]?.tries ?? 0;
    expect(tries).toBeGreaterThan(1);
    const text = `try ${tries} of this worker`;
    expect(step_details).toMatchObject([{ status: 'completed' }, { status: 'completed', output: text }]);
    if (signal === 'SIGSTOP') {
      child.kill('SIGCONT');
      await until(({ ends }) => ends === 'endless');
    }
    const opened = (number: number) =>
      worker.artifacts.open(`artifact://${id}/endless/model`, { attempt: 1, counting: { endless: number } });
    expect(await readFile(await opened(tries), 'utf8')).toBe(text);
    await expect(opened(1)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  },
  120_000,
);
