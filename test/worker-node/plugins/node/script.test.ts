import { symlink, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../shared/schemas/json.ts';
import { createArtifactStore } from '../../../../worker-node/artifacts/artifact-store.ts';
import { newObserved, runOperation } from '../run-operation.ts';
import { dir, projectDir, run, script } from './project.ts';

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
      ...{ execution: 'exec_test', attempt: 1, step: 'step', try: 1 },
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
    expect(artifacts.stored()).toEqual(['artifact://exec_test/step/models/m.json']);
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
