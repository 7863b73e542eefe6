import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../scripts/local/run-command.ts';
import type { StackInfo } from '../../scripts/local/stack.ts';
import type { Execution } from '../../shared/schemas/execution.ts';
import type { CreateWorkflowInput } from '../../shared/schemas/workflow.ts';
import { findInterpreter } from '../../worker-node/plugins/python/interpreter.ts';
import type { Child } from '../scripts/child.ts';
import { projectCopy } from '../scripts/project-copy.ts';
import { temporaryFolder } from '../scripts/temporary-folder.ts';
import { createApi } from '../stack/api.ts';
import { markProcesses } from './harness/started-processes.ts';

/** The commands of the README, with all real parts, in a checkout of their own: this one may be running its stack. */
const marked = markProcesses();
const cleanUps: (() => void)[] = [];
afterAll(() => {
  for (const cleanUp of cleanUps.toReversed()) cleanUp();
});
const project = projectCopy({ parts: 'real', env: marked.env, whenDone: (cleanUp) => cleanUps.push(cleanUp) });
const local = (): StackInfo => JSON.parse(readFileSync(project.localJson, 'utf8'));

/** stdout must be one JSON document and nothing else. */
async function finished(demo: Child): Promise<{ code: number | NodeJS.Signals; execution: Execution }> {
  const code = await demo.exit;
  return { code, execution: JSON.parse(demo.stdout() || JSON.stringify(demo.output())) };
}

const step = ({ step_details }: Execution, id: string) => step_details.find((detail) => detail.id === id);
const statuses = ({ step_details }: Execution): string[] => [...new Set(step_details.map(({ status }) => status))];

async function expectNothingLeft({ url, temporal }: Pick<StackInfo, 'url' | 'temporal'>): Promise<void> {
  expect(marked.running()).toEqual([]);
  expect(existsSync(project.localJson)).toBe(false);
  for (const address of [url, `http://${temporal.address}`, temporal.ui ?? url]) {
    await expect(fetch(address), address).rejects.toThrow('fetch failed');
  }
}

/** The example `long`: that of churn, whose training takes long enough to be hit by a kill for sure. */
function addLongTraining(): void {
  const examples = join(project.root, 'examples');
  cpSync(join(examples, 'churn'), join(examples, 'long'), { recursive: true });
  const file = join(examples, 'long/workflow.json');
  const definition = JSON.parse(readFileSync(file, 'utf8')) as CreateWorkflowInput;
  const training = definition.steps.find(({ id }) => id === 'model_training');
  Object.assign(training?.config?.input ?? {}, {
    hyperparameters: { buckets: 8, steps: 1_500, learning_rate: 0.000_4 },
  });
  writeFileSync(file, JSON.stringify(definition));
}

/** What the README of the example says that it reaches, give or take 0.05. */
const metrics = (auc: number, f1: number) => ({ auc: expect.closeTo(auc, 1), f1: expect.closeTo(f1, 1) });

it('npm run demo completes on a stack of its own, prints one JSON document and leaves nothing behind', async () => {
  const demo = project.npm('run', 'demo', '--', '--json');
  await demo.says('created customer_churn_pipeline');
  const info = local();
  const { code, execution } = await finished(demo);
  expect(code).toBe(0);
  expect(execution).toMatchObject({ status: 'completed', error: null });
  expect(statuses(execution)).toEqual(['completed']);
  expect(step(execution, 'simulated_outage')?.tries).toBe(2);
  expect(step(execution, 'model_validation')?.output).toMatchObject({ metrics: metrics(0.95, 0.74) });
  expect(demo.output()).toContain('stopping the stack');
  await expectNothingLeft(info);
});

/** What the interrupted demo has left to go on. */
const interrupted = { id: '', stop: '', at: '' };

it('npm run demo stops at Ctrl-C with all that it started, and says at last how its execution goes on', async () => {
  addLongTraining();
  const demo = project.npm('run', 'demo', '--', '--example', 'long', '--json');
  await demo.says('model_training: running');
  const info = local();
  // As a terminal does it: to npm and to the demo.
  demo.kill('SIGINT');
  demo.kill('SIGINT');
  expect(await demo.exit).toBe(130);
  expect(demo.stdout()).toBe('');
  const said =
    /\n(exec_\w+) goes on when npm start or npm run demo runs next\. To stop it instead, run npm start and then:\n {2}(curl .*\/\1\/stop")\n$/;
  const [, id = '', stop = ''] = said.exec(demo.output()) ?? [];
  expect(id, demo.output()).not.toBe('');
  Object.assign(interrupted, { id, stop, at: new Date().toISOString() });
  await expectNothingLeft(info);
});

describe('on the stack of scripts/start.ts', () => {
  let stack: Child;
  beforeAll(async () => {
    stack = project.node('scripts/start.ts', '--port', '0');
    await stack.says('Ctrl-C stops everything');
  });

  afterAll(async () => {
    // Whatever became of the tests; after the last one it has ended already.
    stack?.kill('SIGTERM');
    await stack?.exit;
  });

  it('an execution whose demo was interrupted goes on', async () => {
    const { id, stop, at } = interrupted;
    const execution = await createApi(local()).ended(id);
    expect(execution).toMatchObject({ status: 'completed', error: null });
    expect(String(step(execution, 'report')?.started_at) > at).toBe(true);
    // It has ended: the command that the demo printed changes nothing.
    const { output } = await runCommand('sh', ['-c', stop], { cwd: project.root });
    expect(JSON.parse(output)).toMatchObject({ success: true, data: { execution_id: id, status: 'completed' } });
  });

  it('exits with 1 when the quality gate refuses the model', async () => {
    const { code, execution } = await finished(project.node('scripts/demo.ts', '--json', '--set', 'min_auc=0.99'));
    expect(code).toBe(1);
    expect(execution).toMatchObject({
      status: 'failed',
      error: { step_id: 'model_validation', code: 'QUALITY_GATE_FAILED' },
    });
    expect(step(execution, 'report')?.status).toBe('skipped');
  });

  it('completes when the worker is killed, with a second try of the step in flight', async () => {
    const { worker } = local().pids;
    const demo = project.node('scripts/demo.ts', '--example', 'long', '--json');
    await demo.says('model_training: running');
    process.kill(worker ?? 0, 'SIGKILL');
    await stack.says('worker is back');
    const { code, execution } = await finished(demo);
    expect(code).toBe(0);
    expect(execution).toMatchObject({ status: 'completed', error: null });
    expect(statuses(execution)).toEqual(['completed']);
    expect(step(execution, 'model_training')?.tries).toBe(2);
    expect(local().pids.worker).not.toBe(worker);
  });

  it('runs the example of scikit-learn', async ({ skip }) => {
    const python = await findInterpreter(process.env);
    if ('absent' in python) return skip(python.absent);
    const requirements = join(project.root, 'examples/ml-python/requirements.txt');
    const options = ['--no-deps', '--no-input', '--timeout', '5', '--retries', '0'];
    const download = ['-m', 'pip', 'download', ...options, '--dest', temporaryFolder(), '--requirement', requirements];
    const available = await promisify(execFile)(python.path, download, { timeout: 60_000 }).then(
      () => true,
      () => false,
    );
    if (!available) return skip('scikit-learn cannot be downloaded');
    const demo = project.node('scripts/demo.ts', '--example', 'ml-python', '--json');
    const { code, execution } = await finished(demo);
    expect(code).toBe(0);
    expect(execution).toMatchObject({ status: 'completed', error: null });
    expect(statuses(execution)).toEqual(['completed']);
    expect(step(execution, 'model_validation')?.output).toMatchObject({ metrics: metrics(0.98, 0.84) });
  }, 600_000);

  it('ends with everything that it started', async () => {
    const info = local();
    stack.kill('SIGTERM');
    expect(await stack.exit).toBe(0);
    await expectNothingLeft(info);
  });
});
