import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../shared/schemas/json.ts';
import { createArtifactStore } from '../../../../worker-node/artifacts/artifact-store.ts';
import { PluginError } from '../../../../worker-node/plugins/define-plugin.ts';
import { python } from '../../../../worker-node/plugins/python/plugin.ts';
import { newObserved, operationOf, type RunOptions, runOperation } from '../run-operation.ts';
import { createWitness, type Witness } from '../script/witness.ts';

const availability = await python({ cacheDir: tmpdir(), env: process.env }).availability();
const unavailable = availability.available ? '' : ` (skipped: ${availability.reason})`;

describe('python availability', () => {
  it('says what to do when Python is absent', async () => {
    const absent = python({ cacheDir: tmpdir(), env: { PATH: '/nonexistent' } });
    expect(await absent.availability()).toEqual({
      available: false,
      reason: 'Python 3.9 or newer was not found: install it, or set WF_PYTHON to its path.',
    });
    const projectDir = await mkdtemp(join(tmpdir(), 'wf-no-python-'));
    await writeFile(join(projectDir, 'a.py'), '');
    const running = runOperation(operationOf(absent, 'script'), { script: 'a.py' }, { projectDir });
    await expect(running).rejects.toMatchObject({ code: 'PYTHON_NOT_FOUND', retryable: false });
    await rm(projectDir, { recursive: true });
  });
});

describe.skipIf(!availability.available)(`python.script${unavailable}`, () => {
  let dir: string;
  let projectDir: string;
  let witness: Witness;
  let files = 0;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'wf-python-'));
    projectDir = join(dir, 'project');
    await mkdir(projectDir);
    witness = await createWitness(dir);
    await makePackage('wf_probe', '1.0');
  });
  afterAll(async () => {
    witness.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** Writes `source` as a project file of its own and runs it. */
  async function run(source: string, config: JsonObject = {}, options: RunOptions & { cache?: string } = {}) {
    const name = `script_${++files}.py`;
    await writeFile(join(projectDir, name), source);
    // No index: packages come from the folder that holds ours.
    const env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      API_KEY: 'secret',
      PIP_NO_INDEX: '1',
      PIP_FIND_LINKS: join(dir, 'wheels'),
      UV_NO_INDEX: '1',
      UV_FIND_LINKS: join(dir, 'wheels'),
    };
    const plugin = python({ cacheDir: join(dir, options.cache ?? 'cache'), env });
    return runOperation(operationOf(plugin, 'script'), { script: name, ...config }, { projectDir, ...options });
  }

  /** A package without code, as a source archive would need a build tool: a wheel is a zip file, which Python can write. */
  async function makePackage(name: string, version: string, folder = join(dir, 'wheels')) {
    const source = `
import os, zipfile, wf
name, version, folder = (wf.input()[key] for key in ("name", "version", "folder"))
os.makedirs(folder, exist_ok=True)
info = f"{name}-{version}.dist-info"
with zipfile.ZipFile(f"{folder}/{name}-{version}-py3-none-any.whl", "w") as wheel:
    wheel.writestr(f"{name}.py", f"version = {version!r}")
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", "")
`;
    await run(source, { input: { name, version, folder } });
  }

  it('answers what the function returns', async () => {
    expect(
      await run('def add(input):\n    return input["a"] + input["b"]', { function: 'add', input: { a: 1, b: 2 } }),
    ).toBe(3);
    expect(await run('def nothing(input):\n    pass', { function: 'nothing' })).toEqual({});
  });

  it('runs a file as a script, next to its own modules', async () => {
    await writeFile(join(projectDir, 'sibling.py'), 'name = "sibling"');
    const source = `
import sys, sibling, wf
if __name__ == "__main__":
    wf.output({"args": sys.argv[1:], "sibling": sibling.name, "input": wf.input()})`;
    expect(await run(source, { args: ['--fast'], input: [1] })).toEqual({
      args: ['--fast'],
      sibling: 'sibling',
      input: [1],
    });
    expect(await readdir(projectDir)).not.toContain('__pycache__');
  });

  it('passes on logs, progress, artifacts and usage', async () => {
    const observed = newObserved();
    const artifacts = createArtifactStore({ dir: join(dir, 'store') }).forTry({
      ...{ execution: 'exec_test', attempt: 1, step: 'step', try: 1 },
    });
    const source = `
import wf
wf.log("half way", level="DEBUG", epoch=1)
wf.progress(50, "training")
open("model.json", "w").write("{}")
print("printed")
wf.output({"model": wf.artifact("models/m.json", "model.json")})`;
    expect(await run(source, {}, { observed, artifacts })).toEqual({
      model: 'artifact://exec_test/step/models/m.json',
    });
    expect(observed.logs).toContainEqual({ level: 'DEBUG', message: 'half way', metadata: { epoch: 1 } });
    expect(observed.logs).toContainEqual({ level: 'INFO', message: 'printed', metadata: { stream: 'stdout' } });
    expect(observed.progress).toContainEqual({ percentage: 50, current_operation: 'training' });
    expect(observed.usage.peak_memory_mb).toBeGreaterThan(1);
    await artifacts.dispose();
  });

  it.each([
    [
      'def f(input):\n    raise ValueError("bad row 7")',
      { code: 'SCRIPT_FAILED', retryable: true, message: 'ValueError: bad row 7' },
    ],
    [
      'import wf\ndef f(input):\n    raise wf.Failure("GATE_FAILED", "auc 0.4", retryable=False, details={"auc": 0.4})',
      { code: 'GATE_FAILED', retryable: false, details: { auc: 0.4 } },
    ],
    [
      'def f(input):\n    return {"metrics": [{"auc": {1}}]}',
      { code: 'INVALID_OUTPUT', retryable: false, message: expect.stringContaining('output.metrics[0].auc is a set') },
    ],
    [
      'def f(input):\n    return object()',
      { code: 'INVALID_OUTPUT', retryable: false, message: expect.stringContaining('output is a object') },
    ],
    [
      'import sys\ndef f(input):\n    print("out of tea", file=sys.stderr)\n    sys.exit(3)',
      { code: 'SCRIPT_FAILED', message: 'the script ended with exit code 3: out of tea' },
    ],
    [
      'from json import loads\ndef ff(input): pass\ndef _g(): pass\nclass Model: pass',
      {
        code: 'FUNCTION_NOT_FOUND',
        retryable: false,
        message: expect.stringContaining('"f"; did you mean "ff"? (it defines: ff, Model)'),
      },
    ],
    ['f = 1', { code: 'FUNCTION_NOT_FOUND', message: expect.stringContaining('no function "f" (there are none)') }],
    ['def f(:', { code: 'SCRIPT_FAILED', message: expect.stringContaining('SyntaxError') }],
  ])('fails on %j', async (source, error) => {
    await expect(run(source, { function: 'f' })).rejects.toMatchObject(error);
  });

  it('hides the environment of the worker', async () => {
    const env = await run('import os\ndef f(input):\n    return dict(os.environ)', {
      function: 'f',
      env: { MINE: '1' },
    });
    expect(env).toMatchObject({ MINE: '1' });
    expect(env).not.toHaveProperty('API_KEY');
    expect(env).not.toHaveProperty('PIP_NO_INDEX');
  });

  it('ends the script when it is stopped', async () => {
    const abort = new AbortController();
    const source = `
import os, signal, socket, threading
def f(input):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    s = socket.socket(socket.AF_UNIX)
    s.connect(os.environ["WITNESS"])
    s.send(b"python")
    threading.Event().wait()`;
    const running = run(
      source,
      { function: 'f', env: { WITNESS: witness.path } },
      { signal: abort.signal, gracePeriodMs: 0 },
    );
    await witness.seen('python');
    const reason = new PluginError({ code: 'TIMEOUT', message: 'too long', retryable: true });
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    await witness.gone('python');
  });

  describe('with requirements', () => {
    const probe = 'import sys, wf_probe\ndef f(input):\n    return [wf_probe.version, sys.prefix]';

    it('makes one environment, however many steps need it at once, and reuses it', { timeout: 120_000 }, async () => {
      const config = { function: 'f', requirements: ['wf-probe==1.0'] };
      const observed = newObserved();
      const first = await Promise.all([run(probe, config, { observed }), run(probe, config, { observed })]);
      expect(first[0]).toEqual(first[1]);
      expect(first[0]).toEqual(['1.0', expect.stringContaining(join(dir, 'cache'))]);
      const installs = observed.logs.filter(({ message }) => message.startsWith('+') && message.includes('install'));
      expect(installs).toHaveLength(1);
      expect(observed.progress).toContainEqual({ current_operation: 'Installing Python packages' });

      await writeFile(join(projectDir, 'requirements.txt'), 'wf-probe==1.0\n');
      const later = newObserved();
      expect(await run(probe, { ...config, requirements: 'requirements.txt' }, { observed: later })).toEqual(first[0]);
      expect(later.logs).toEqual([]);
    });

    it('never uses an environment that was left half-made', { timeout: 120_000 }, async () => {
      const config = { function: 'f', requirements: ['wf-probe==1.0'] };
      const abort = new AbortController();
      const stopped = run(probe, config, {
        cache: 'half',
        signal: abort.signal,
        onLog: (message) => {
          if (message.includes('install')) abort.abort(new Error('stopped'));
        },
      });
      await expect(stopped).rejects.toThrow('stopped');
      expect(await run(probe, config, { cache: 'half' })).toEqual(['1.0', expect.any(String)]);
    });

    it('installs what a requirements file includes, in the versions of its constraints', {
      timeout: 120_000,
    }, async () => {
      for (const version of ['2.0', '3.0']) await makePackage('wf_probe', version, join(projectDir, 'req', 'shelf'));
      await writeFile(join(projectDir, 'req', 'all.txt'), '-r base.txt\n-c limits.txt\n');
      await writeFile(join(projectDir, 'req', 'base.txt'), '--find-links ./shelf\nwf-probe\n');
      await writeFile(join(projectDir, 'req', 'limits.txt'), 'wf-probe<3\n');
      expect(await run(probe, { function: 'f', requirements: 'req/all.txt' })).toEqual(['2.0', expect.any(String)]);
    });

    it('lets the installer open its output by name', async () => {
      // Tools that packages are built with do.
      const uv = `#!/bin/sh
echo "$1 through stdout" >/dev/stdout
echo "$1 through stderr" | tee /dev/stderr >/dev/null
[ "$1" = pip ] && exit 0
for folder; do :; done
mkdir -p "$folder/bin" && ln -s "$(command -v python3)" "$folder/bin/python"
`;
      await mkdir(join(dir, 'bin'));
      await writeFile(join(dir, 'bin', 'uv'), uv, { mode: 0o755 });
      const env = { PATH: `${join(dir, 'bin')}:${process.env.PATH}`, HOME: process.env.HOME };
      const operation = operationOf(python({ cacheDir: join(dir, 'cache-uv'), env }), 'script');
      await writeFile(join(projectDir, 'nothing.py'), '');
      const observed = newObserved();
      const running = runOperation(operation, { script: 'nothing.py', requirements: ['a'] }, { projectDir, observed });
      await expect(running).rejects.toThrow('not installed: a');
      for (const command of ['venv', 'pip'])
        for (const stream of ['stdout', 'stderr'])
          expect(observed.logs).toContainEqual({
            ...{ level: 'INFO', message: `${command} through ${stream}`, metadata: { stream } },
          });
    });

    it('says what the installer said, and tries once where that is certain to come again', {
      timeout: 120_000,
    }, async () => {
      const failing = run(probe, { function: 'f', requirements: ['wf-absent==1.0'] });
      await expect(failing).rejects.toMatchObject({
        code: 'ENVIRONMENT_FAILED',
        retryable: false,
        message: expect.stringMatching(/wf.absent/),
      });
      await writeFile(join(projectDir, 'bad.txt'), '\nidna=3\n');
      await expect(run(probe, { function: 'f', requirements: 'bad.txt' })).rejects.toMatchObject({
        code: 'ENVIRONMENT_FAILED',
        retryable: false,
        message: expect.stringMatching(/: .*[ `]bad\.txt/),
      });
    });

    it.each([[['--index-url=http://127.0.0.1']], [['-e .']], [['']]])('refuses the requirements %j', (requirements) => {
      const { config } = operationOf(python({ cacheDir: dir, env: {} }), 'script');
      expect(config.safeParse({ script: 'a.py', requirements }).success).toBe(false);
    });
  });
});
