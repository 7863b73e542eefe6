import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findInterpreter } from '../../../../worker-node/plugins/python/interpreter.ts';

const real = await findInterpreter(process.env);
const path = 'path' in real ? real.path : '';

let bin: string;
beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 'wf-interpreter-'));
});
afterEach(() => rm(bin, { recursive: true, force: true }));

const program = (name: string, script: string) => writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
/** An older Python: its answer to what it is asked, word by word. */
const OLD = `echo 'wf-python ["/usr/bin/python3", "3.6.8"]'`;

describe('the Python of the machine', () => {
  it.skipIf(path === '').each([
    ['PYTHONHOME', '/nonexistent'],
    ['PYTHONPATH', '/broken'],
    ['PYTHONSTARTUP', '/nonexistent.py'],
    ['VIRTUAL_ENV', '/nonexistent'],
    ['CONDA_PREFIX', '/nonexistent'],
    ['PYTHONSAFEPATH', '1'],
  ])('is found whatever %s says, which scripts do not get', async (name, value) => {
    const broken = join(bin, 'broken');
    await mkdir(broken);
    await writeFile(join(broken, 'encodings.py'), 'raise SystemExit("this is no encoding")');
    const env = { ...process.env, [name]: value === '/broken' ? broken : value };
    expect(await findInterpreter(env)).toEqual(real);
    expect(await findInterpreter({ ...env, WF_PYTHON: path })).toEqual(real);
  });

  it.skipIf(path === '')('is found among what its start-up files print', async () => {
    await program('python3', `echo noise; ${path} "$@"; echo more noise`);
    expect(await findInterpreter({ PATH: bin })).toEqual(real);
  });

  it.skipIf(path === '')('is a newer one beside one that is too old', async () => {
    await program('python3', OLD);
    await program('python3.12', `exec ${path} "$@"`);
    expect(await findInterpreter({ PATH: bin })).toEqual(real);
  });

  it.skipIf(path === '')('is the one that a chooser of versions is told to take', async () => {
    await program('python3', `[ "$PYENV_VERSION" = 3.12 ] || exit 1; exec ${path} "$@"`);
    expect(await findInterpreter({ PATH: bin, PYENV_VERSION: '3.12' })).toEqual(real);
  });

  it.each([
    ['a version that is too old', OLD, 'python3 is 3.6.8'],
    [
      'a shim without a version',
      `echo "pyenv: python3: command not found\n\nThe python3 command exists in these Python versions:" >&2; exit 127`,
      'python3 says: pyenv: python3: command not found',
    ],
    [
      'what stops it at its start',
      'echo "Fatal Python error: init_fs_encoding: failed\nModuleNotFoundError: encodings" >&2; exit 1',
      'python3 says: Fatal Python error: init_fs_encoding: failed ModuleNotFoundError: encodings',
    ],
    [
      'the end of a traceback',
      'echo "Traceback (most recent call last):\n  File x\nImportError: no ssl" >&2; exit 1',
      'python3 says: ImportError: no ssl',
    ],
    ['that it is something else', 'echo hello', 'python3 answers as no Python does: hello'],
  ])('is said to be missing with %s', async (_, script, reason) => {
    await program('python3', script);
    const answer = `Python 3.9 or newer was not found (${bin}/${reason}`;
    expect(await findInterpreter({ PATH: `${bin}:/usr/bin/none` })).toEqual({
      absent: expect.stringContaining(answer),
    });
  });

  it('is said to be missing where WF_PYTHON leads nowhere', async () => {
    expect(await findInterpreter({ ...process.env, WF_PYTHON: '/nonexistent/python' })).toEqual({
      absent:
        'Python 3.9 or newer was not found (/nonexistent/python is not there): install it, or set WF_PYTHON to its path',
    });
  });
});
