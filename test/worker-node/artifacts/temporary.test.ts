import { access, chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createArtifactStore } from '../../../worker-node/artifacts/artifact-store.ts';
import { openTemporary } from '../../../worker-node/artifacts/temporary.ts';
import { openUnfinished } from '../../../worker-node/artifacts/unfinished.ts';

let dir: string;
let ours: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'w-'));
  ours = join(dir, `wf-${process.getuid?.() ?? 'user'}`);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const folder = (systems = [dir]) => openTemporary(openUnfinished(join(dir, 'fallback')), systems).folder();

describe('the temporary folder of a try', () => {
  it('has a short path however deep the data folder is, and is removed with the try', async () => {
    const owner = { execution: 'exec_a', attempt: 1, step: 'a', try: 1 };
    const artifacts = createArtifactStore({ dir: join(dir, 'd'.repeat(200)) }).forTry(owner);
    const path = await artifacts.tempdir();
    expect(path.length).toBeLessThan(60);
    expect(await readdir(path)).toEqual([]);
    await artifacts.dispose();
    await expect(access(path)).rejects.toThrow('ENOENT');
  });

  it('is closed to other users', async () => {
    expect(dirname(dirname(await folder()))).toBe(ours);
    expect((await stat(ours)).mode & 0o777).toBe(0o700);
  });

  it('does without what a killed process left', async () => {
    const left = join(dirname(await folder()).replace(/[0-9a-f]{8}$/, '00000000'), 'left');
    await mkdir(left, { recursive: true });
    await folder();
    await expect(access(left)).rejects.toThrow('ENOENT');
  });

  it.each<[string, () => Promise<unknown>]>([
    ['is a link', async () => symlink(await mkdtemp(join(dir, 'x-')), ours)],
    ['is open to others', () => mkdir(ours).then(() => chmod(ours, 0o777))],
    ['is a file', () => writeFile(ours, '', { mode: 0o600 })],
    ['cannot be made', () => rm(dir, { recursive: true })],
  ])('is made elsewhere when the folder of the user %s', async (_what, spoil) => {
    await spoil();
    expect(dirname(dirname(await folder()))).toBe(join(dir, 'fallback'));
  });

  it('is made elsewhere once somebody has put another folder in the place of ours', async () => {
    const temporary = openTemporary(openUnfinished(join(dir, 'fallback')), [dir]);
    await temporary.folder();
    await rm(ours, { recursive: true });
    await symlink(await mkdtemp(join(dir, 'x-')), ours);
    expect(dirname(dirname(await temporary.folder()))).toBe(join(dir, 'fallback'));
  });

  it('is made in the next place of the system when the first has a long path', async () => {
    expect(dirname(dirname(await folder([join(dir, 'd'.repeat(60)), dir])))).toBe(ours);
  });
});
