import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type ArtifactStore, createArtifactStore } from '../../../worker-node/artifacts/artifact-store.ts';

/** Holds the folder `store`, and what tests write. */
export let dir: string;
export let store: ArtifactStore;
export const owner = { execution: 'exec_a', attempt: 1, step: 'train', try: 1 };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wf-artifacts-'));
  store = createArtifactStore({ dir: join(dir, 'store') });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A file to store. */
export async function file(content: string): Promise<string> {
  const path = join(dir, 'source');
  await writeFile(path, content);
  return path;
}

export const read = async (uri: string, counting: Record<string, number> = {}) =>
  readFile(await store.open(uri, { attempt: 1, counting }), 'utf8');

/** Stores a file in a try that ends so; answers its URI. */
export async function storedBy(
  of: typeof owner,
  name: string,
  content: string,
  outcome: 'completed' | 'failed' | 'cancelled' = 'completed',
): Promise<string> {
  const artifacts = store.forTry(of);
  const path = join(dir, `${of.execution}-${of.step}-${of.try}`);
  await writeFile(path, content);
  const { uri } = await artifacts.put(name, path);
  await artifacts.seal(outcome);
  await artifacts.dispose();
  return uri;
}
