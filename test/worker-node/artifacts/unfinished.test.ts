import { fork } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createArtifactStore } from '../../../worker-node/artifacts/artifact-store.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wf-unfinished-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const unfinished = () => join(dir, '.unfinished');
const opens = () => createArtifactStore({ dir });
const ownWorkdir = () => opens().forTry({ execution: 'exec_a', attempt: 1, step: 'a', try: 1 }).workdir();

/** A process that has a working folder with a file in it. */
async function startOther() {
  const child = fork(join(import.meta.dirname, 'store-process.ts'), [dir], { execArgv: [] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [workdir] = (await once(child, 'message')) as [string];
  return {
    workdir,
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** A folder as a process of that name has it. */
async function folderOf(name: string): Promise<string> {
  const path = join(unfinished(), name);
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'part'), 'x');
  return path;
}

/** The name of this process's folder with other parts in it. */
async function ownName(change: Partial<{ place: string; start: string }>): Promise<string> {
  const [place, pid, start] = basename(dirname(await ownWorkdir())).split('-');
  return [change.place ?? place, pid, change.start ?? start].join('-');
}

describe('what is not finished', () => {
  it('is removed when the process that began it was killed, and kept while it runs', async () => {
    const [killed, living] = await Promise.all([startOther(), startOther()]);
    const own = await ownWorkdir();
    await killed.kill();
    opens();
    await expect(access(dirname(killed.workdir))).rejects.toThrow('ENOENT');
    expect(await readdir(living.workdir)).toEqual(['half']);
    await access(own);
  });

  it('is removed when another process has the pid of the one that began it', async () => {
    const folder = await folderOf(await ownName({ start: '00000000' }));
    opens();
    await expect(access(folder)).rejects.toThrow('ENOENT');
  });

  it('is kept when it is of another machine or container, until no try can last as long', async () => {
    const names = [await ownName({ place: '00000000' }), 'something-else'];
    for (const name of names) {
      const folder = await folderOf(name);
      await utimes(folder, new Date(), new Date(Date.now() - 39 * 86_400_000));
      opens();
      await access(folder);
      await utimes(folder, new Date(), new Date(Date.now() - 41 * 86_400_000));
      opens();
      await expect(access(folder)).rejects.toThrow('ENOENT');
    }
  });
});
