import { mkdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createConfigChecker } from '../../../../shared/domain/check-config.ts';
import type { JsonObject } from '../../../../shared/schemas/json.ts';
import type { OperationManifest } from '../../../../shared/schemas/plugin.ts';
import { python } from '../../../../worker-node/plugins/python/plugin.ts';
import { projectDir, run, script } from '../node/project.ts';
import { operationOf, runOperation } from '../run-operation.ts';

const pythonScript = operationOf(python({ cacheDir: tmpdir(), env: {} }), 'script');

/** The paths at which the edge refuses a config, by the JSON Schema that the worker announces. */
function refusedAt(operation: typeof script, config: JsonObject): string[] {
  const manifest = {
    config_schema: z.toJSONSchema(operation.config, { io: 'input' }),
  } as unknown as OperationManifest;
  const check = createConfigChecker({ hasExpressions: () => false });
  return check(manifest, config, 'config').map(({ path }) => `${path}`);
}

const long = 'n'.repeat(256);

describe('what no process can be given', () => {
  it.each<[JsonObject, string]>([
    [{ args: ['fine', 'a\0b'] }, 'config.args.1'],
    [{ args: ['x'.repeat(131_072)] }, 'config.args.0'],
    [{ env: { A: 'a\0b' } }, 'config.env.A'],
    [{ env: { A: 'x'.repeat(131_072) } }, 'config.env.A'],
    [{ files: { f: 'data/a\0b.csv' } }, 'config.files.f'],
    [{ files: { f: `data/${long}/a.csv` } }, 'config.files.f'],
    [{ files: { f: `data/${'ä'.repeat(128)}/a.csv` } }, 'config.files.f'],
    [{ files: { f: '😀'.repeat(64) } }, 'config.files.f'],
  ])('is refused at create where it stands: %#', (config, path) => {
    expect(refusedAt(script, { script: 'a.mjs', ...config })).toEqual([path]);
    expect(refusedAt(pythonScript, { script: 'a.py', ...config })).toEqual([path]);
  });

  it('is refused in the path of the script', () => {
    expect(refusedAt(script, { script: 'a\0.mjs' })).toEqual(['config.script']);
    expect(refusedAt(pythonScript, { script: `${long}.py` })).toEqual(['config.script']);
    expect(refusedAt(pythonScript, { script: `${'ä'.repeat(200)}.py` })).toEqual(['config.script']);
    expect(refusedAt(pythonScript, { script: 'a.py', requirements: `${'ä'.repeat(200)}.txt` })).toEqual([
      'config.requirements',
    ]);
    const { error } = script.config.safeParse({ script: `${'ä'.repeat(200)}.mjs` });
    expect(error?.issues[0]?.message).toContain('at most 255 bytes');
  });

  it.each(['req\0.txt', `${long}.txt`, ['idna\0'], ['idna==3.7\n-r base.txt'], ['idna\u2028-r base.txt'], ['idna \\']])(
    'is refused in requirements: %j',
    (requirements) => {
      expect(refusedAt(pythonScript, { script: 'a.py', requirements })[0]).toMatch(/^config\.requirements/);
    },
  );

  it('is accepted when it is as large as it may be', () => {
    const name = `${'n'.repeat(253)}ü`;
    const config = { args: ['x'.repeat(10_000), 'ü'], files: { f: `${name}/a/${name}` } };
    expect(refusedAt(script, { script: 'a.mjs', ...config })).toEqual([]);
  });

  it('is refused by the worker when an expression made too much of it', () => {
    const env = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`V${n}`, 'x'.repeat(32_000)]));
    expect(script.config.safeParse({ script: 'a.mjs', env }).error?.issues[0]?.path).toEqual(['args']);
  });
});

describe('a variable that would not stay as it is given', () => {
  const taken = [
    'TMPDIR',
    'WF_INPUT',
    'WF_OUTPUT',
    'WF_EVENTS',
    'WF_PID',
    'PWD',
    'OLDPWD',
    'PPID',
    'IFS',
    'OPTIND',
    '_',
  ];

  it.each(taken)('is refused at create: %s', (name) => {
    expect(refusedAt(script, { script: 'a.mjs', env: { [name]: '1' } })).toEqual([`config.env.${name}`]);
    const { error } = pythonScript.config.safeParse({ script: 'a.py', env: { [name]: '1' } });
    expect(JSON.stringify(error?.issues)).toContain('the runner or its shell sets');
  });

  it('is none of the others', async () => {
    const env = {
      TMPDIRS: 'a',
      PWDS: 'b',
      PATH: process.env.PATH ?? '',
      HOME: '/h',
      TERM: 'dumb',
      SHELL: 'd',
      LINES: 'e',
    };
    expect(refusedAt(script, { script: 'a.mjs', env })).toEqual([]);
    const names = JSON.stringify(Object.keys(env));
    const write = `writeFileSync(process.env.WF_OUTPUT, JSON.stringify(${names}.map((name) => process.env[name])))`;
    expect(await run(`import { writeFileSync } from 'node:fs'; ${write}`, { env })).toEqual(Object.values(env));
  });
});

describe('a path that the system refuses', () => {
  it.each([
    ['data/a\0b.csv', 'INVALID_CONFIG', 'NUL'],
    ['ä'.repeat(200), 'INVALID_CONFIG', 'longer than this system allows'],
    ['circle.csv', 'FILE_NOT_FOUND', 'in a circle'],
    ['folder', 'FILE_NOT_FOUND', 'it is a folder'],
  ])('fails the step once, and says why: %j', async (path, code, why) => {
    await symlink('circle.csv', join(projectDir, 'circle.csv')).catch(() => undefined);
    await mkdir(join(projectDir, 'folder'), { recursive: true });
    const operation = { ...script, config: z.any() };
    await run('');
    await expect(
      runOperation(operation, { script: 'script-1.mjs', files: { f: path } }, { projectDir }),
    ).rejects.toMatchObject({ code, retryable: false, message: expect.stringContaining(why) });
  });
});
