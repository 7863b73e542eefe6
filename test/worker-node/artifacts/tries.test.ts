import { access, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArtifactStore } from '../../../worker-node/artifacts/artifact-store.ts';
import { dir, file, owner, read, store, storedBy } from './stored-files.ts';

describe('a try that has not ended', () => {
  it('shows its files to nobody but itself', async () => {
    const artifacts = store.forTry(owner);
    const { uri } = await artifacts.put('a', await file('x'));
    expect(await readFile(await artifacts.open(uri), 'utf8')).toBe('x');
    await expect(store.forTry({ ...owner, step: 'reads' }).open(uri)).rejects.toMatchObject({
      code: 'ARTIFACT_NOT_FOUND',
    });
    await artifacts.dispose();
    await expect(store.open(uri, { attempt: 1, counting: { train: 1 } })).rejects.toMatchObject({
      code: 'ARTIFACT_NOT_FOUND',
    });
  });

  it('sees nothing of an earlier try of its step', async () => {
    const uri = await storedBy(owner, 'a', 'x', 'failed');
    const next = store.forTry({ ...owner, try: 2, counting: { train: 0 } });
    await expect(next.open(uri)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });
});

describe('the end of a try', () => {
  /** What a pipe would be without the check: a file that takes a while. */
  async function largeFile(): Promise<string> {
    const path = join(dir, 'large');
    await writeFile(path, '');
    await truncate(path, 2 ** 30);
    return path;
  }

  it('breaks off what it is storing, and keeps what it has stored', async () => {
    const artifacts = store.forTry(owner);
    await artifacts.put('small', await file('x'));
    const puts = [artifacts.put('large', await largeFile()), artifacts.put('small', await largeFile())];
    const refused = expect(Promise.allSettled(puts)).resolves.toMatchObject(
      puts.map(() => ({ status: 'rejected', reason: { code: 'TRY_ENDED', retryable: false } })),
    );
    await artifacts.seal('failed');
    await refused;
    expect(artifacts.stored()).toEqual(['artifact://exec_a/train/small']);
    expect(await read('artifact://exec_a/train/small', { train: 1 })).toBe('x');
    await expect(read('artifact://exec_a/train/large', { train: 1 })).rejects.toThrow('cannot be read');
    const [own = ''] = await readdir(join(dir, 'store', '.unfinished'));
    expect(await readdir(join(dir, 'store', '.unfinished', own))).toEqual([]);
  });

  it('breaks off a file that it takes over', async () => {
    const artifacts = store.forTry(owner);
    const taking = artifacts.take('large', await largeFile());
    const refused = expect(taking).rejects.toMatchObject({ code: 'TRY_ENDED' });
    await artifacts.close();
    await refused;
    expect(artifacts.stored()).toEqual([]);
  });

  it('takes nothing more', async () => {
    const artifacts = store.forTry(owner);
    await artifacts.close();
    await expect(artifacts.put('late', await file('x'))).rejects.toMatchObject({ code: 'TRY_ENDED' });
    await expect(artifacts.take('late', await file('x'))).rejects.toMatchObject({ code: 'TRY_ENDED' });
    await expect(artifacts.workdir()).rejects.toMatchObject({ code: 'TRY_ENDED' });
  });

  it('keeps nothing when it is discarded', async () => {
    const artifacts = store.forTry(owner);
    await artifacts.put('a', await file('x'));
    await artifacts.discard();
    await expect(artifacts.seal('completed')).rejects.toMatchObject({ code: 'TRY_ENDED' });
    await artifacts.dispose();
    await expect(access(join(dir, 'store', 'exec_a'))).rejects.toThrow('ENOENT');
  });

  it('leaves no folder of a try that has stored nothing', async () => {
    const artifacts = store.forTry(owner);
    await expect(artifacts.put('a', join(dir, 'absent'))).rejects.toMatchObject({ code: 'INVALID_ARTIFACT' });
    await artifacts.seal('completed');
    await artifacts.dispose();
    await expect(access(join(dir, 'store', 'exec_a'))).rejects.toThrow('ENOENT');
  });
});

describe('a URI', () => {
  it.each(['completed', 'failed', 'cancelled'] as const)(
    'names the file of the try that counts (%s)',
    async (outcome) => {
      const uri = await storedBy(owner, 'model', 'first', 'failed');
      await storedBy({ ...owner, try: 2 }, 'model', 'second', outcome);
      await storedBy({ ...owner, try: 3 }, 'model', 'third', 'failed');
      expect(await read(uri, { train: 2 })).toBe('second');
    },
  );

  it('is not found when only another try has stored the file', async () => {
    const uri = await storedBy(owner, 'model', 'diverged', 'failed');
    await storedBy({ ...owner, try: 2 }, 'metrics', '{}');
    await expect(read(uri, { train: 2 })).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it('is not found while no try counts, and never names a failed first try by itself', async () => {
    const uri = await storedBy(owner, 'model', 'x', 'failed');
    await expect(read(uri)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
    await expect(read(uri, { train: 0 })).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
    expect(await read(uri, { train: 1 })).toBe('x');
  });

  it('names the files of its own attempt alone', async () => {
    const uri = await storedBy(owner, 'model', 'x');
    await expect(store.open(uri, { attempt: 2 })).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it('does not find what an earlier version has stored without its try', async () => {
    const folder = join(dir, 'store', 'exec_a', 'train');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'model'), 'whose?');
    await expect(read('artifact://exec_a/train/model')).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });
});

describe('the tries of a pool', () => {
  it('leave each other alone, also when a lost one ends after the one that counts', async () => {
    const [lost, counts] = [1, 2].map((number) =>
      createArtifactStore({ dir: join(dir, 'store') }).forTry({ ...owner, try: number }),
    );
    const { uri } = (await lost?.put('model', await file('diverged'))) ?? { uri: '' };
    await counts?.put('model', await file('good'));
    await counts?.seal('completed');
    expect(await read(uri, { train: 2 })).toBe('good');
    await lost?.dispose();
    expect(await read(uri, { train: 2 })).toBe('good');
  });

  it('replace what the same try has stored when the engine is made to run it again', async () => {
    await storedBy(owner, 'model', 'old');
    const uri = await storedBy(owner, 'model', 'new');
    expect(await read(uri)).toBe('new');
  });
});
