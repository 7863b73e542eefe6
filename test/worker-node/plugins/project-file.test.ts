import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveProjectFile } from '../../../worker-node/plugins/project-file.ts';

let dir: string;
let projectDir: string;

beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'wf-project-')));
  // The project itself may lie below a hidden folder.
  projectDir = join(dir, '.checkouts', 'project');
  const files = ['data/a.csv', '.env', '.wf/data/api-keys.json', 'data/.hidden/a.csv', 'state/artifacts/a.csv'];
  for (const file of files) {
    await mkdir(dirname(join(projectDir, file)), { recursive: true });
    await writeFile(join(projectDir, file), '');
  }
  await symlink('../.wf/data/api-keys.json', join(projectDir, 'data', 'keys.json'));
  await symlink('../state/artifacts', join(projectDir, 'data', 'linked'));
  await symlink('a.csv', join(projectDir, 'data', 'link.csv'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const open = (path: string, dataDir = join(projectDir, 'state')) => resolveProjectFile({ projectDir, dataDir }, path);

describe('a file of the project', () => {
  it.each(['data/a.csv', './data/a.csv', 'data/../data/a.csv', '.wf/../data/a.csv', 'data/link.csv'])(
    'is found by %s',
    async (path) => {
      expect(await open(path)).toBe(join(projectDir, 'data', 'a.csv'));
    },
  );

  it.each(['.env', '.wf/data/api-keys.json', './.wf/data/api-keys.json', 'data/.hidden/a.csv', '.absent/a.csv'])(
    'is refused as hidden: %s',
    async (path) => {
      await expect(open(path)).rejects.toMatchObject({
        code: 'ACCESS_DENIED',
        retryable: false,
        message: expect.stringMatching(/^"(.+)" leads to "\.\w+": .* begins with a dot$/),
      });
      await expect(open(path)).rejects.toThrow(path);
    },
  );

  it('is refused as hidden through a link', async () => {
    await expect(open('data/keys.json')).rejects.toThrow('"data/keys.json" leads to ".wf"');
  });

  it.each(['state/artifacts/a.csv', 'state/absent.csv', 'data/linked/a.csv'])(
    'is refused in the data folder of the worker: %s',
    async (path) => {
      await expect(open(path)).rejects.toMatchObject({ code: 'ACCESS_DENIED', message: expect.stringContaining(path) });
      await expect(open(path)).rejects.toThrow('WF_DATA_DIR');
    },
  );

  it('is refused in a data folder that is named by way of a link', async () => {
    const alias = join(dir, 'alias');
    await symlink(join(projectDir, 'state'), alias);
    await expect(open('state/artifacts/a.csv', alias)).rejects.toThrow('WF_DATA_DIR');
  });

  it('is found when the data folder is not there yet', async () => {
    expect(await open('data/a.csv', join(projectDir, 'later'))).toBe(join(projectDir, 'data', 'a.csv'));
  });
});
