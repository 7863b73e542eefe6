import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { type ArtifactStore, createArtifactStore } from '../../../worker-node/artifacts/artifact-store.ts';

let dir: string;
let store: ArtifactStore;
const owner = { execution: 'exec_a', step: 'train' };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wf-artifacts-'));
  store = createArtifactStore({ dir: join(dir, 'store') });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function file(content: string): Promise<string> {
  const path = join(dir, 'source');
  await writeFile(path, content);
  return path;
}

const read = async (uri: string) => readFile(await store.open(uri), 'utf8');

describe('artifact store', () => {
  it('stores a file and says its URI, size and hash', async () => {
    const artifact = await store.forTry(owner).put('plots/roc.svg', await file('<svg/>'));
    expect(artifact).toEqual({
      uri: 'artifact://exec_a/train/plots/roc.svg',
      name: 'plots/roc.svg',
      size: 6,
      sha256: createHash('sha256').update('<svg/>').digest('hex'),
    });
    expect(await read(artifact.uri)).toBe('<svg/>');
  });

  it('replaces a file when a try is repeated, and lists it once', async () => {
    const artifacts = store.forTry(owner);
    await artifacts.put('a', await file('old'));
    const { uri } = await artifacts.put('a', await file('new'));
    expect(await read(uri)).toBe('new');
    expect(artifacts.stored()).toHaveLength(1);
  });

  it('keeps the earlier file when the new one cannot be read whole', async () => {
    const artifacts = store.forTry(owner);
    const { uri } = await artifacts.put('a', await file('old'));
    await expect(artifacts.put('a', join(dir, 'absent'))).rejects.toMatchObject({ code: 'INVALID_ARTIFACT' });
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
    await store.forTry(owner).put('a', await file('x'));
    await expect(store.forTry(owner).open(uri)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it('does not let a step read artifacts of another execution', async () => {
    const { uri } = await store.forTry({ execution: 'exec_b', step: 'train' }).put('a', await file('x'));
    await expect(store.forTry(owner).open(uri)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it('keeps names apart that differ in case only, or where one is a folder of the other', async () => {
    const names = ['model', 'Model', 'MODEL', 'model/weights'];
    for (const name of names) await store.forTry(owner).put(name, await file(name));
    for (const name of names) expect(await read(`artifact://exec_a/train/${name}`)).toBe(name);
    const stored = await readdir(join(dir, 'store', 'exec_a', 'train'));
    expect(new Set(stored.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  it('takes the longest step id, all capitals', async () => {
    const artifacts = store.forTry({ execution: 'exec_a', step: 'A'.repeat(128) });
    const { uri } = await artifacts.put('Z'.repeat(120), await file('x'));
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

  it('gives a try one empty folder and removes it afterwards', async () => {
    const artifacts = store.forTry(owner);
    const workdir = await artifacts.workdir();
    expect(await artifacts.workdir()).toBe(workdir);
    expect(await readdir(workdir)).toEqual([]);
    await artifacts.dispose();
    await expect(access(workdir)).rejects.toThrow('ENOENT');
  });

  it('removes the artifacts of one execution and no others', async () => {
    const mine = await store.forTry(owner).put('a', await file('x'));
    const other = await store.forTry({ execution: 'exec_b', step: 'train' }).put('a', await file('y'));
    await store.remove('exec_a');
    await store.remove('exec_a');
    await expect(store.open(mine.uri)).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
    expect(await read(other.uri)).toBe('y');
  });
});
