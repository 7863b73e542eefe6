import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, onTestFinished, test } from 'vitest';
import type { RunStepInput, StepSuccess } from '../../../worker-node/activities/contract.ts';
import { createActivities } from '../../../worker-node/activities/create-activities.ts';
import type { EngineRuns } from '../../../worker-node/activities/deps.ts';
import { createRunningTries } from '../../../worker-node/activities/running-tries.ts';
import { createArtifactStore } from '../../../worker-node/artifacts/artifact-store.ts';
import { PluginError } from '../../../worker-node/plugins/define-plugin.ts';
import { node } from '../../../worker-node/plugins/node/plugin.ts';
import { createTestEdge } from '../engine/test-edge.ts';
import { createTestPlugin, deaf, withCore } from '../engine/test-plugin.ts';

/** The activity of a worker, called as often and with whatever the engine likes. */
async function setUp(askToWait: EngineRuns['askToWait'] = async () => true) {
  const folder = await mkdtemp(join(tmpdir(), 'wf-run-step-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const edge = createTestEdge();
  const plugin = createTestPlugin();
  const running = createRunningTries();
  const artifacts = createArtifactStore({ dir: folder });
  const { runStep } = createActivities({
    registry: withCore(plugin.plugin, node({ env: { PATH: process.env.PATH } })),
    poster: edge,
    edge,
    artifacts,
    running,
    runs: { askToWait },
    projectDir: folder,
    dataDir: join(folder, 'data'),
  });
  const run = (step: string, number: number, more: Partial<RunStepInput> = {}) => {
    const input: RunStepInput = {
      execution: { id: 'exec_test', name: null, attempt: 1, workflow_id: 'wf_test' },
      step: { id: step, plugin: 'test', operation: 'run', timeout_ms: 60_000 },
      spec: { config: {}, resources: null },
      reads: null,
      try: number,
      not_before: '2026-01-15T14:30:00.000Z',
      confirm: false,
      inline_bytes: 4_096,
      ...more,
    };
    return new MockActivityEnvironment().run(runStep, input);
  };
  return { plugin, running, edge, run, artifacts, folder };
}

test('a try ends an earlier one of its step that the engine has given up, before it begins', async () => {
  const { plugin, run } = await setUp();
  const happened: string[] = [];
  plugin.run = async (ctx) => {
    happened.push(`${ctx.step.try} begins`);
    if (ctx.step.try === 2) return null;
    ctx.killSignal.addEventListener('abort', () => happened.push('1 is killed'));
    return deaf(ctx);
  };
  const first = run('same', 1);
  await plugin.beginning('same');
  const second = run('same', 2);
  await expect(first).rejects.toMatchObject({ type: 'WORKER_LOST', details: [{ outcome: 'lost' }] });
  await second;
  expect(happened).toEqual(['1 begins', '1 is killed', '2 begins']);
});

test('a step that has completed here is not run again when the engine gave its try up unheard', async () => {
  const { plugin, run } = await setUp();
  plugin.run = async ({ step }) => `try ${step.try}`;
  const success = await run('same', 1);
  expect(success).toMatchObject({ output: 'try 1' });
  expect(await run('same', 2)).toEqual({ ...(success as StepSuccess), try: 1 });
  // The workflow was reset to before the step.
  expect(await run('same', 1)).toMatchObject({ output: 'try 1' });
  expect(plugin.begun.map(({ step, try: number }) => [step, number])).toEqual([
    ['same', 1],
    ['same', 1],
  ]);
});

test('a try that was given up is adopted when its work had ended, and what it stored with it', async () => {
  const { plugin, run, artifacts } = await setUp();
  const store = Promise.withResolvers<void>();
  plugin.run = async (ctx) => {
    ctx.workEnded();
    await store.promise;
    const path = join(await ctx.artifacts.workdir(), 'model');
    await writeFile(path, 'good');
    return (await ctx.artifacts.put('model', path)).uri;
  };
  const first = run('same', 1);
  await plugin.beginning('same');
  const second = run('same', 2);
  store.resolve();
  const uri = 'artifact://exec_test/same/model';
  expect(await first).toMatchObject({ output: uri, artifacts: [uri] });
  expect(await second).toMatchObject({ output: uri, artifacts: [uri], try: 1 });
  expect(plugin.begun).toHaveLength(1);
  expect(await readFile(await artifacts.open(uri, { attempt: 1 }), 'utf8')).toBe('good');
});

test('a try that stored more files than a step lists names the first 100 and says how many there are', async () => {
  const { plugin, run, artifacts } = await setUp();
  plugin.run = async (ctx) => {
    const folder = await ctx.artifacts.workdir();
    for (let i = 0; i < 120; i++) {
      const path = join(folder, `part-${i}`);
      await writeFile(path, String(i));
      await ctx.artifacts.put(`part-${i}`, path);
    }
    if (ctx.step.id === 'fails') throw new PluginError({ code: 'BOOM', message: 'it broke', retryable: false });
    return null;
  };
  const listed = (step: string) => Array.from({ length: 100 }, (_, i) => `artifact://exec_test/${step}/part-${i}`);
  expect(await run('stores', 1)).toMatchObject({ artifacts: listed('stores'), artifact_count: 120 });
  await expect(run('fails', 1)).rejects.toMatchObject({
    details: [{ artifacts: listed('fails'), artifact_count: 120 }],
  });
  const last = await artifacts.open('artifact://exec_test/stores/part-119', { attempt: 1 });
  expect(await readFile(last, 'utf8')).toBe('119');
});

test('a failure that the engine has not heard of is told again, and one that it counts is not', async () => {
  const { plugin, run } = await setUp();
  plugin.run = async ({ step }) => {
    throw new PluginError({ code: 'BROKEN', message: `try ${step.try}`, retryable: true });
  };
  const failure = { outcome: 'failed', error: { message: 'try 1' } };
  await expect(run('same', 1)).rejects.toMatchObject({ type: 'BROKEN', details: [failure] });
  await expect(run('same', 2)).rejects.toMatchObject({ type: 'BROKEN', details: [{ ...failure, try: 1 }] });
  // Nor was that answer heard of.
  await expect(run('same', 3)).rejects.toMatchObject({ details: [{ ...failure, try: 1 }] });
  await expect(run('same', 4, { failed: 1 })).rejects.toMatchObject({ details: [{ error: { message: 'try 4' } }] });
  expect(plugin.begun.map((begun) => begun.try)).toEqual([1, 4]);
});

test('an end counts no more when a later try has started on another worker', async () => {
  const { plugin, run } = await setUp();
  plugin.run = async ({ step }) => `try ${step.try}`;
  await run('same', 1);
  expect(await run('same', 3)).toMatchObject({ output: 'try 3' });
});

test('a try that was lost leaves nothing', async () => {
  const { plugin, run, artifacts } = await setUp();
  const stored = Promise.withResolvers<void>();
  plugin.run = async (ctx) => {
    if (ctx.step.try === 2) return null;
    const path = join(await ctx.artifacts.workdir(), 'model');
    await writeFile(path, 'diverged');
    await ctx.artifacts.put('model', path);
    stored.resolve();
    return deaf(ctx);
  };
  const first = run('same', 1);
  await stored.promise;
  const second = run('same', 2);
  await expect(first).rejects.toMatchObject({ details: [{ outcome: 'lost', artifacts: [] }] });
  await second;
  const reading = artifacts.open('artifact://exec_test/same/model', { attempt: 1, counting: { same: 1 } });
  await expect(reading).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
});

test('a script that a stop without grace kills keeps what it had stored', async () => {
  const { run, running, edge, folder, artifacts } = await setUp();
  const ready = Promise.withResolvers<void>();
  const { post } = edge;
  edge.post = (execution, attempt, updates, logs) => {
    if (logs.some(({ message }) => message === 'ready')) ready.resolve();
    post(execution, attempt, updates, logs);
  };
  const source = `
    import { artifact } from 'wf';
    artifact('os', '/proc/sys/kernel/ostype');
    console.log('ready');
    process.on('SIGTERM', () => {});
    setInterval(() => {}, 1_000);`;
  await writeFile(join(folder, 'a.mjs'), source);
  const ending = run('same', 1, {
    step: { id: 'same', plugin: 'node', operation: 'script', timeout_ms: 60_000 },
    spec: { config: { script: 'a.mjs' }, resources: null },
  });
  await ready.promise;
  running.cancel('exec_test', 1, false);
  const uri = 'artifact://exec_test/same/os';
  await expect(ending).rejects.toMatchObject({ details: [{ outcome: 'cancelled', artifacts: [uri] }] });
  const path = artifacts.open(uri, { attempt: 1, counting: { same: 1 } });
  expect(await readFile(await path, 'utf8')).toBe('Linux\n');
});

test('tries of different steps leave each other alone', async () => {
  const { plugin, run } = await setUp();
  const both = Promise.withResolvers<void>();
  plugin.run = async () => {
    if (plugin.begun.length === 2) both.resolve();
    await both.promise;
    return null;
  };
  expect(await Promise.all([run('one', 1), run('other', 1)])).toMatchObject([{ output: null }, { output: null }]);
});

test.each([true, false])(
  'a try that comes after the cancel of its execution is not begun, graceful or not (%s)',
  async (graceful) => {
    const { plugin, running, run } = await setUp();
    running.cancel('exec_test', 1, graceful);
    const failure = { outcome: 'cancelled', started_at: null };
    await expect(run('late', 1)).rejects.toMatchObject({ type: 'CANCELLED', details: [failure] });
    expect(plugin.begun).toEqual([]);
  },
);

test('the cancel of one attempt leaves the next one alone', async () => {
  const { plugin, running, run } = await setUp();
  plugin.run = async () => 'done';
  running.cancel('exec_test', 2, false);
  expect(await run('other', 1)).toMatchObject({ output: 'done' });
});

test.each([
  ['args', { args: ['${{ parameters.nul }}'] }, 'NUL'],
  ['env', { env: { A: '${{ parameters.nul }}' } }, 'NUL'],
  ['files', { files: { f: '${{ parameters.nul }}' } }, 'NUL'],
  ['args', { args: ['${{ parameters.long }}'] }, '10000'],
  ['args', { args: Array.from({ length: 90 }, () => '${{ parameters.most }}') }, '768 KiB'],
])('what no process can be given fails %s once when an expression made it: %#', async (field, config, why) => {
  const { run, folder } = await setUp();
  await writeFile(join(folder, 'a.mjs'), '');
  const parameters = { nul: 'a\0b', long: 'x'.repeat(131_072), most: 'x'.repeat(9_999) };
  const times = { created_at: '2026-01-15T14:30:00.000Z', scheduled_at: null };
  const failed = run('same', 1, {
    step: { id: 'same', plugin: 'node', operation: 'script', timeout_ms: 60_000 },
    spec: { config: { script: 'a.mjs', ...config }, resources: null },
    reads: {
      ...{ parameters, steps: {}, workflow: { id: 'wf_test', name: 'w', version: '1' } },
      execution: { id: 'exec_test', name: null, attempt: 1, ...times },
    },
  });
  await expect(failed).rejects.toMatchObject({
    ...{ type: 'INVALID_CONFIG', nonRetryable: true },
    message: expect.stringContaining(`config.${field}`),
  });
  await expect(failed).rejects.toThrow(why);
});
