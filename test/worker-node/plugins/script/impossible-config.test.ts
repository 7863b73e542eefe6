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
  ])('is refused at create where it stands: %#', (config, path) => {
    expect(refusedAt(script, { script: 'a.mjs', ...config })).toEqual([path]);
    expect(refusedAt(pythonScript, { script: 'a.py', ...config })).toEqual([path]);
  });

  it('is refused in the path of the script', () => {
    expect(refusedAt(script, { script: 'a\0.mjs' })).toEqual(['config.script']);
    expect(refusedAt(pythonScript, { script: `${long}.py` })).toEqual(['config.script']);
  });

  it.each(['req\0.txt', `${long}.txt`, ['idna\0'], ['idna==3.7\n-r base.txt'], ['idna\u2028-r base.txt'], ['idna \\']])(
    'is refused in requirements: %j',
    (requirements) => {
      expect(refusedAt(pythonScript, { script: 'a.py', requirements })[0]).toMatch(/^config\.requirements/);
    },
  );

  it('is accepted when it is as large as it may be', () => {
    const config = { args: ['x'.repeat(10_000), 'ü'], files: { f: `${'n'.repeat(255)}/a/${'n'.repeat(255)}` } };
    expect(refusedAt(script, { script: 'a.mjs', ...config })).toEqual([]);
  });

  it('is refused by the worker when an expression made too much of it', () => {
    const env = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`V${n}`, 'x'.repeat(32_000)]));
    expect(script.config.safeParse({ script: 'a.mjs', env }).error?.issues[0]?.path).toEqual(['args']);
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
