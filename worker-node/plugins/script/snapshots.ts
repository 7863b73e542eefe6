import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepArtifacts } from '../define-plugin.ts';

/*
 * Where `artifact()` of the helpers puts a copy of each file that is to be stored, below the control folder: as `{hash}`, the
 * SHA-256 of the artifact's name, with `{hash}.json` beside it, which is there first. Both are whole from the first moment
 * on, and replaced when the name is stored again. Copies under way begin with a dot.
 */
const FOLDER = 'artifacts';
const HASH = /^[0-9a-f]{64}$/;

interface Snapshot {
  path: string;
  name: string;
  /** When it was made: nanoseconds of a clock that all processes of the machine share. */
  at: bigint;
}

/** Takes over the copies that a script has left. Stores all it can, then throws the first failure. */
export async function storeSnapshots(artifacts: Pick<StepArtifacts, 'take'>, control: string): Promise<void> {
  const refusals: unknown[] = [];
  for (const { name, path } of await snapshotsIn(join(control, FOLDER))) {
    await artifacts.take(name, path).catch((error: unknown) => refusals.push(error));
  }
  for (const refusal of refusals) throw refusal;
}

/** In the order in which they were made. */
async function snapshotsIn(folder: string): Promise<Snapshot[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    // A script that stores nothing makes no folder.
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found = names
    .filter((name) => HASH.test(name))
    .map(async (hash): Promise<Snapshot> => {
      const path = join(folder, hash);
      const { name, at } = JSON.parse(await readFile(`${path}.json`, 'utf8')) as { name: string; at: string };
      return { path, name, at: BigInt(at) };
    });
  return (await Promise.all(found)).sort((a, b) => (a.at < b.at ? -1 : 1));
}
