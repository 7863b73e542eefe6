import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../shared/schemas/json.ts';
import { createArtifactStore } from '../../../../worker-node/artifacts/artifact-store.ts';
import { PluginError } from '../../../../worker-node/plugins/define-plugin.ts';
import { node } from '../../../../worker-node/plugins/node/plugin.ts';
import { newObserved, operationOf, type RunOptions, runOperation } from '../run-operation.ts';
import { createWitness, type Witness } from '../script/witness.ts';

const plugin = node({ env: { PATH: process.env.PATH, API_KEY: 'secret', SHARED: 'yes', WF_SCRIPT_ENV: 'SHARED' } });
const script = operationOf(plugin, 'script');

let dir: string;
let projectDir: string;
let witness: Witness;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wf-node-'));
  projectDir = join(dir, 'project');
  await mkdir(projectDir);
  witness = await createWitness(dir);
});
afterAll(async () => {
  witness.close();
  await rm(dir, { recursive: true, force: true });
});

/** Writes `source` as a project file of its own and runs it. */
let files = 0;
async function run(source: string, config: JsonObject = {}, options: RunOptions = {}) {
  const name = `script-${++files}.${(config.extension as string | undefined) ?? 'mjs'}`;
  const { extension: _, ...rest } = config;
  await writeFile(join(projectDir, name), source);
  return runOperation(script, { script: name, ...rest }, { projectDir, ...options });
}

describe('node.script with a function', () => {
  it('answers what the function returns', async () => {
    const source = 'export const add = async ({ a, b }: { a: number; b: number }): Promise<number> => a + b;';
    expect(await run(source, { extension: 'ts', function: 'add', input: { a: 1, b: 2 } })).toBe(3);
  });

  it('hands over the execution, the step and the files', async () => {
    const store = createArtifactStore({ dir: join(dir, 'store') });
    const artifacts = store.forTry({ execution: 'exec_test', step: 'earlier' });
    await writeFile(join(projectDir, 'data.txt'), 'from the project');
    const { uri } = await artifacts.put('in.txt', join(projectDir, 'data.txt'));
    const source = `
      import { readFileSync } from 'node:fs';
      export default undefined;
      export function read(input, wf) {
        const texts = Object.values(wf.files).map((path) => readFileSync(path, 'utf8'));
        return { ...wf.job, files: texts, workdir: process.cwd() === wf.job.workdir };
      }`;
    expect(
      await run(source, { function: 'read', files: { a: uri, b: 'data.txt' } }, { try: 3, artifacts }),
    ).toMatchObject({
      execution_id: 'exec_test',
      workflow_id: 'wf_test',
      step_id: 'step',
      try: 3,
      input: {},
      files: ['from the project', 'from the project'],
      workdir: true,
    });
    await artifacts.dispose();
  });

  it('answers {} when the function returns nothing', async () => {
    expect(await run('export function f() {}', { function: 'f' })).toEqual({});
  });

  it('names the functions that there are when it is told another', async () => {
    await expect(run('export function train() {}', { function: 'tran' })).rejects.toMatchObject({
      code: 'FUNCTION_NOT_FOUND',
      retryable: false,
      message: expect.stringContaining('train'),
    });
  });

  it('fails with the message of what the function throws', async () => {
    await expect(
      run("export function f() { throw new TypeError('bad row 7'); }", { function: 'f' }),
    ).rejects.toMatchObject({
      code: 'SCRIPT_FAILED',
      retryable: true,
      message: 'TypeError: bad row 7',
      details: { exit_code: 1, stderr: expect.stringContaining('at f') },
    });
  });

  it('fails with the code of a Failure', async () => {
    const source = `
      import { Failure } from 'wf';
      export function f() { throw new Failure('QUALITY_GATE_FAILED', 'auc 0.4', { retryable: false, details: { auc: 0.4 } }); }`;
    await expect(run(source, { function: 'f' })).rejects.toMatchObject({
      code: 'QUALITY_GATE_FAILED',
      message: 'auc 0.4',
      retryable: false,
      details: { auc: 0.4 },
    });
  });
});

describe.runIf(process.platform === 'linux')('usage of node.script', () => {
  const busy = 'let used; do used = process.cpuUsage(); while (used.user + used.system < 1_200_000);';

  it('has the most cores in use, measured', async () => {
    const observed = newObserved();
    await run(busy, {}, { observed });
    expect(observed.usage.peak_cpu_cores).toBeGreaterThan(0);
    expect(observed.usage.peak_cpu_cores).toBeLessThanOrEqual(availableParallelism());
  });

  it('keeps a larger peak that the script itself reports', async () => {
    const observed = newObserved();
    const report = `(await import('node:fs')).writeSync(3, '{"type":"usage","peak_cpu_cores":500}\\n');`;
    await run(`${report} ${busy}`, {}, { observed });
    expect(observed.usage).toMatchObject({ peak_cpu_cores: 500, cpu_usage: expect.any(Number) });
  });
});

describe('node.script with a file', () => {
  it('follows the file contract without any helper', async () => {
    const source = `
      import { readFileSync, writeFileSync } from 'node:fs';
      const { input } = JSON.parse(readFileSync(process.env.WF_INPUT, 'utf8'));
      writeFileSync(process.env.WF_OUTPUT, JSON.stringify({ doubled: input.n * 2, args: process.argv.slice(2) }));`;
    expect(await run(source, { input: { n: 21 }, args: ['--fast', 'a b'] })).toEqual({
      doubled: 42,
      args: ['--fast', 'a b'],
    });
  });

  it('passes on logs, progress and artifacts of the helper', async () => {
    const observed = newObserved();
    const artifacts = createArtifactStore({ dir: join(dir, 'helper') }).forTry({
      execution: 'exec_test',
      step: 'step',
    });
    const source = `
      import { writeFileSync } from 'node:fs';
      import { artifact, input, log, output, progress } from 'wf';
      log('half way', { epoch: 1 }, 'DEBUG');
      progress(50, 'training');
      writeFileSync('model.json', '{}');
      output({ model: artifact('models/m.json', 'model.json'), input: input() });`;
    expect(await run(source, { input: [1] }, { observed, artifacts })).toEqual({
      model: 'artifact://exec_test/step/models/m.json',
      input: [1],
    });
    expect(observed.logs).toContainEqual({ level: 'DEBUG', message: 'half way', metadata: { epoch: 1 } });
    expect(observed.progress).toContainEqual({ percentage: 50, current_operation: 'training' });
    expect(artifacts.stored()).toMatchObject([{ name: 'models/m.json', size: 2 }]);
    expect(observed.usage.cpu_seconds).toBeGreaterThan(0);
    expect(observed.usage.peak_memory_mb).toBeGreaterThan(10);
    await artifacts.dispose();
  });

  it('logs what it prints, line by line', async () => {
    const observed = newObserved();
    await run("process.stdout.write('a\\nb\\r\\n\\nc'); console.error('é');", {}, { observed });
    const lines = (stream: string) =>
      observed.logs.filter(({ metadata }) => metadata?.stream === stream).map(({ message }) => message);
    expect(lines('stdout')).toEqual(['a', 'b', '', 'c']);
    expect(lines('stderr')).toEqual(['é']);
  });

  it('logs at most 100,000 lines and says so', async () => {
    const observed = newObserved();
    await run("process.stdout.write('x\\n'.repeat(150_000));", {}, { observed });
    expect(observed.logs).toHaveLength(100_001);
    expect(observed.logs.at(-1)).toMatchObject({ level: 'WARN' });
  });

  it('cuts a line that is longer than a log message may be', async () => {
    const observed = newObserved();
    await run("process.stdout.write('é'.repeat(100_000) + '\\n');", {}, { observed });
    expect(observed.logs.map(({ message }) => message).join('')).toBe('é'.repeat(100_000));
    for (const { message } of observed.logs) expect(Buffer.byteLength(message)).toBeLessThanOrEqual(64 * 1024);
  });

  it('ignores invalid events and says why', async () => {
    const observed = newObserved();
    const source = `
      import { writeSync } from 'node:fs';
      writeSync(3, 'no json\\n{"type":"progress","percentage":500}\\n{"type":"nothing"}\\n{"type":"log","message":"fine"}\\n');`;
    expect(await run(source, {}, { observed })).toEqual({});
    expect(observed.logs.filter(({ level }) => level === 'WARN')).toHaveLength(3);
    expect(observed.logs.map(({ message }) => message)).toContain('fine');
  });

  it('shows scripts only the allowed part of the environment', async () => {
    const source = "import { output } from 'wf'; output(process.env);";
    const env = (await run(source, { env: { MINE: '1' } })) as JsonObject;
    expect(env).toMatchObject({ MINE: '1', SHARED: 'yes', PATH: process.env.PATH });
    expect(
      Object.keys(env)
        .filter((name) => !name.startsWith('WF_'))
        .sort(),
    ).toEqual(expect.arrayContaining(['MINE', 'PATH', 'SHARED', 'TMPDIR']));
    expect(env).not.toHaveProperty('API_KEY');
    expect(env).not.toHaveProperty('WF_SCRIPT_ENV');
  });

  it.each([
    [
      "console.error('out of tea'); process.exit(3);",
      { code: 'SCRIPT_FAILED', retryable: true, message: 'the script ended with exit code 3: out of tea' },
    ],
    [
      "process.kill(process.pid, 'SIGKILL');",
      { code: 'SCRIPT_FAILED', message: 'the script ended with signal SIGKILL' },
    ],
    [
      "import { writeFileSync } from 'node:fs'; writeFileSync(process.env.WF_OUTPUT, '{oops');",
      { code: 'INVALID_OUTPUT', retryable: false },
    ],
    ["import { output } from 'wf'; output('x'.repeat(17 * 2 ** 20));", { code: 'OUTPUT_TOO_LARGE', retryable: false }],
    ["import { artifact } from 'wf'; artifact('absent.txt');", { code: 'INVALID_ARTIFACT' }],
    ["import { artifact } from 'wf'; artifact('../escape', '/etc/passwd');", { code: 'INVALID_ARTIFACT_NAME' }],
    ['this is not JavaScript', { code: 'SCRIPT_FAILED', message: expect.stringContaining('SyntaxError') }],
  ])('fails on %j', async (source, error) => {
    await expect(run(source)).rejects.toMatchObject(error);
  });

  it.each([
    ['../outside.mjs', 'ACCESS_DENIED'],
    ['/etc/hostname.mjs', 'ACCESS_DENIED'],
    ['link.mjs', 'ACCESS_DENIED'],
    ['absent.mjs', 'FILE_NOT_FOUND'],
    ['.hidden/script.mjs', 'ACCESS_DENIED'],
  ])('does not run %s', async (path, code) => {
    await writeFile(join(dir, 'outside.mjs'), '');
    await symlink(join(dir, 'outside.mjs'), join(projectDir, 'link.mjs')).catch(() => undefined);
    await expect(runOperation(script, { script: path }, { projectDir })).rejects.toMatchObject({
      code,
      retryable: false,
    });
  });

  it('is handed no hidden file', async () => {
    await writeFile(join(projectDir, '.env'), 'KEY=secret');
    await expect(run('', { files: { env: '.env' } })).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  });

  it.each([
    [{ script: 'a.sh' }],
    [{ script: 'a.mjs', function: 'a b' }],
    [{ script: 'a.mjs', function: 'f', args: ['x'] }],
    [{ script: 'a.mjs', env: { WF_OUTPUT: '/tmp/x' } }],
    [{ script: 'a.mjs', unknown: 1 }],
    [{}],
  ])('refuses the config %j', (config) => {
    expect(script.config.safeParse(config).success).toBe(false);
  });
});

describe('stopping node.script', () => {
  /** Starts a child of its own; both stay until they are ended. */
  const family = (childName: string, parentName: string, extra = '') => `
    import { spawn } from 'node:child_process';
    import { connect } from 'node:net';
    ${extra}
    const stay = (name) => "require('node:net').connect(process.env.WITNESS).write('" + name + "')";
    spawn(process.execPath, ['-e', stay('${childName}')], { stdio: 'inherit' });
    connect(process.env.WITNESS).write('${parentName}');`;
  const env = () => ({ env: { WITNESS: witness.path } });
  const reason = new PluginError({ code: 'CANCELLED', message: 'stopped', retryable: false });

  it('ends the script and all its children, with the reason of the abort', async () => {
    const abort = new AbortController();
    const running = run(family('child-a', 'parent-a'), env(), { signal: abort.signal });
    await Promise.all([witness.seen('child-a'), witness.seen('parent-a')]);
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    await Promise.all([witness.gone('child-a'), witness.gone('parent-a')]);
  });

  it('lets the script tidy up when it is asked to end', async () => {
    const abort = new AbortController();
    const observed = newObserved();
    const tidy = "process.on('SIGTERM', () => { console.log('tidied up'); process.exit(0); });";
    const running = run(family('child-b', 'parent-b', tidy), env(), { signal: abort.signal, observed });
    await Promise.all([witness.seen('child-b'), witness.seen('parent-b')]);
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(observed.logs.map(({ message }) => message)).toContain('tidied up');
  });

  it('kills a script that does not end by itself in time', async () => {
    const abort = new AbortController();
    const deaf = "process.on('SIGTERM', () => {});";
    const running = run(family('child-c', 'parent-c', deaf), env(), { signal: abort.signal, gracePeriodMs: 1_100 });
    await Promise.all([witness.seen('child-c'), witness.seen('parent-c')]);
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    await Promise.all([witness.gone('child-c'), witness.gone('parent-c')]);
  });

  it('kills a script at once that ignores a first stop, when a second one leaves it no time', async () => {
    const [abort, kill] = [new AbortController(), new AbortController()];
    const deaf = "process.on('SIGTERM', () => console.log('ignored'));";
    const running = run(family('child-d', 'parent-d', deaf), env(), {
      signal: abort.signal,
      killSignal: kill.signal,
      gracePeriodMs: 600_000,
      onLog: (message) => message === 'ignored' && kill.abort(reason),
    });
    await Promise.all([witness.seen('child-d'), witness.seen('parent-d')]);
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    await Promise.all([witness.gone('child-d'), witness.gone('parent-d')]);
  });

  it('ends children that a finished script leaves behind', async () => {
    const source = `
      import { spawn } from 'node:child_process';
      import { output } from 'wf';
      const child = spawn(process.execPath, ['-e', "require('node:net').connect(process.env.WITNESS).write('left', () => console.log('up'))"], { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.once('data', () => { output({ done: true }); process.exit(0); });`;
    expect(await run(source, env())).toEqual({ done: true });
    await witness.gone('left');
  });
});
