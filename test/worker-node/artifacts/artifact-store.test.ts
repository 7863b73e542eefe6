import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, appendFile, chmod, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { createArtifactStore } from '../../../worker-node/artifacts/artifact-store.ts';
import { dir, file, owner, read, store, storedBy } from './stored-files.ts';

const at = { attempt: 1 };

describe('artifact store', () => {
  it('stores a file and says its URI, size and hash', async () => {
    const artifacts = store.forTry(owner);
    const artifact = await artifacts.put('plots/roc.svg', await file('<svg/>'));
    expect(artifact).toEqual({
      uri: 'artifact://exec_a/train/plots/roc.svg',
      name: 'plots/roc.svg',
      size: 6,
      sha256: createHash('sha256').update('<svg/>').digest('hex'),
    });
    await artifacts.seal('completed');
    expect(await read(artifact.uri)).toBe('<svg/>');
  });

  it('keeps the file when it copies it, and takes it when it is told to', async () => {
    const artifacts = store.forTry(owner);
    const [copied, taken] = [join(dir, 'copied'), join(dir, 'taken')];
    await Promise.all([writeFile(copied, 'a'), writeFile(taken, 'b')]);
    const { sha256 } = await artifacts.put('a', copied);
    expect(await artifacts.take('b', taken)).toMatchObject({ size: 1 });
    expect((await artifacts.take('a', copied)).sha256).toBe(sha256);
    await artifacts.seal('completed');
    await expect(access(taken)).rejects.toThrow('ENOENT');
    expect(await read('artifact://exec_a/train/b')).toBe('b');
  });

  it('keeps what is said of a file beside it, and null when nothing is', async () => {
    const artifacts = store.forTry(owner);
    const about = { columns: [{ name: 'id', type: 'HUGEINT' }] };
    const { uri } = await artifacts.put('rows.csv', await file('id'), about);
    const { uri: plain } = await artifacts.put('plain.csv', await file('id'));
    expect(await artifacts.about(uri)).toEqual(about);
    await artifacts.seal('completed');
    const reader = store.forTry({ ...owner, step: 'reads' });
    expect(await reader.about(uri)).toEqual(about);
    expect(await reader.about(plain)).toBeNull();
    await expect(reader.about('artifact://exec_a/train/absent')).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it('replaces a file that is stored again, and lists it once', async () => {
    const artifacts = store.forTry(owner);
    await artifacts.put('a', await file('old'));
    const { uri } = await artifacts.put('a', await file('new'));
    expect(artifacts.stored()).toEqual([uri]);
    await artifacts.seal('completed');
    expect(await read(uri)).toBe('new');
  });

  it('keeps the earlier file when the new one cannot be read whole', async () => {
    const artifacts = store.forTry(owner);
    const { uri } = await artifacts.put('a', await file('old'));
    await expect(artifacts.put('a', join(dir, 'absent'))).rejects.toMatchObject({ code: 'INVALID_ARTIFACT' });
    await artifacts.seal('completed');
    expect(await read(uri)).toBe('old');
  });

  it('lets a reader finish the file that it opened while the name is bound anew', async () => {
    const artifacts = store.forTry(owner);
    const path = await artifacts.open((await artifacts.put('a', await file('old'))).uri);
    const { open } = await import('node:fs/promises');
    const handle = await open(path);
    await artifacts.put('a', await file('new'));
    expect(await handle.readFile('utf8')).toBe('old');
    await handle.close();
  });

  it('leaves no partial files behind', async () => {
    const artifacts = store.forTry(owner);
    await artifacts.put('a', await file('x'));
    await expect(artifacts.put('a', dir)).rejects.toMatchObject({ code: 'INVALID_ARTIFACT' });
    await artifacts.seal('completed');
    const [own = ''] = await readdir(join(dir, 'store', '.unfinished'));
    expect(await readdir(join(dir, 'store', '.unfinished', own))).toEqual([]);
  });

  it('refuses a pipe instead of waiting for it', async () => {
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(store.forTry(owner).put('a', pipe)).rejects.toMatchObject({
      code: 'INVALID_ARTIFACT',
      retryable: false,
    });
  });

  it.each([
    '',
    '.',
    '..',
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a//b',
    'a/',
    '.hidden',
    'a/.hidden',
    '-rf',
    'a\\b',
    'a b',
    'a\0',
    'a^b',
    'é',
    'x'.repeat(121),
    'a/b/c/d/e/f/g/h/i',
  ])('refuses the name %j', async (name) => {
    await expect(store.forTry(owner).put(name, await file('x'))).rejects.toMatchObject({
      code: 'INVALID_ARTIFACT_NAME',
      retryable: false,
    });
  });

  it.each([
    'artifact://exec_a/train/absent',
    'artifact://exec_a/train/../../exec_b/train/a',
    'artifact://exec_a/../train/a',
    'artifact://exec_a/train/',
    'artifact://exec_a/train',
    'file:///etc/passwd',
    '/etc/passwd',
  ])('does not open %s', async (uri) => {
    const artifacts = store.forTry(owner);
    await artifacts.put('a', await file('x'));
    await expect(artifacts.open(uri)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it('does not open a file that has grown or shrunk since it was stored', async () => {
    const uri = await storedBy(owner, 'model', 'weights');
    const path = await store.open(uri, at);
    await chmod(path, 0o644);
    for (const change of [() => appendFile(path, '!'), () => truncate(path, 3)]) {
      await change();
      await expect(store.open(uri, at)).rejects.toMatchObject({ code: 'ARTIFACT_DAMAGED', retryable: false });
    }
  });

  it('does not let a step read artifacts of another execution', async () => {
    const other = store.forTry({ ...owner, execution: 'exec_b' });
    const { uri } = await other.put('a', await file('x'));
    await other.seal('completed');
    await expect(store.forTry(owner).open(uri)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it('keeps names apart that differ in case only, or where one is a folder of the other', async () => {
    const names = ['model', 'Model', 'MODEL', 'model/weights'];
    const artifacts = store.forTry(owner);
    for (const name of names) await artifacts.put(name, await file(name));
    await artifacts.seal('completed');
    for (const name of names) expect(await read(`artifact://exec_a/train/${name}`)).toBe(name);
    const stored = await readdir(join(dir, 'store', 'exec_a', '1', 'train', '1'));
    expect(new Set(stored.map((name) => name.toLowerCase())).size).toBe(names.length + 1);
  });

  it('takes the longest step id, all capitals', async () => {
    const artifacts = store.forTry({ ...owner, step: 'A'.repeat(128) });
    const { uri } = await artifacts.put('Z'.repeat(120), await file('x'));
    await artifacts.seal('completed');
    expect(await read(uri)).toBe('x');
  });

  it('takes 1,000 files of one try, replaced and failed ones not counted, and no more', async () => {
    const artifacts = store.forTry(owner);
    const source = await file('x');
    await expect(artifacts.put('absent', join(dir, 'absent'))).rejects.toMatchObject({ code: 'INVALID_ARTIFACT' });
    const names = Array.from({ length: LIMITS.artifactsPerTry }, (_, index) => `part-${index}`);
    await Promise.all(names.slice(1).map((name) => artifacts.put(name, source)));
    // Two at once, for the one place that is left.
    const [, second] = await Promise.allSettled(['part-0', 'one-more'].map((name) => artifacts.put(name, source)));
    expect(second).toMatchObject({
      status: 'rejected',
      reason: { code: 'TOO_MANY_ARTIFACTS', retryable: false, message: expect.stringContaining('at most 1000') },
    });
    await artifacts.put('part-7', source);
    expect(artifacts.stored()).toHaveLength(LIMITS.artifactsPerTry);
    await store.forTry({ ...owner, step: 'next' }).put('a', source);
  });

  it('gives a try one empty folder of each kind and removes them afterwards', async () => {
    const artifacts = store.forTry(owner);
    const made = () => Promise.all([artifacts.workdir(), artifacts.tempdir(), artifacts.controldir()]);
    const folders = await made();
    expect(await made()).toEqual(folders);
    expect(new Set(folders).size).toBe(3);
    for (const folder of folders) expect(await readdir(folder)).toEqual([]);
    await artifacts.dispose();
    for (const folder of folders) await expect(access(folder)).rejects.toThrow('ENOENT');
  });

  it('removes the artifacts of one execution and no others', async () => {
    const uris = await Promise.all(
      ['exec_a', 'exec_b'].map((execution) => storedBy({ ...owner, execution }, 'a', 'x')),
    );
    await store.remove('exec_a');
    await store.remove('exec_a');
    await expect(store.open(uris[0] ?? '', at)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
    expect(await read(uris[1] ?? '')).toBe('x');
  });

  it('takes nothing more of an execution that was removed, not even what was under way', async () => {
    const late = store.forTry(owner);
    await late.put('a', await file('x'));
    await store.remove('exec_a');
    // Another worker that shares the folder.
    const other = createArtifactStore({ dir: join(dir, 'store') }).forTry({ ...owner, step: 'other' });
    await other.put('a', await file('x'));
    for (const artifacts of [late, other]) {
      await expect(artifacts.seal('completed')).rejects.toMatchObject({ code: 'TRY_ENDED' });
      await artifacts.dispose();
    }
    await expect(access(join(dir, 'store', 'exec_a'))).rejects.toThrow('ENOENT');
  });
});
