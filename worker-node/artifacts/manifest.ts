import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../../shared/schemas/json.ts';

/** How a try ended whose files are kept. */
export type SealedOutcome = 'completed' | 'failed' | 'cancelled';

export interface ManifestFile {
  name: string;
  /** Bytes. */
  size: number;
  sha256: string;
  /** What whoever stored the file says of it. */
  about?: JsonObject;
}

/** What a try has stored: written when the try ends, in the same step that makes its files readable. */
export interface Manifest {
  outcome: SealedOutcome;
  files: ManifestFile[];
}

// No artifact's name begins with a dot.
const FILE = '.manifest.json';

/** Read-only, and on disk before the folder gets its name. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const path = join(folder, FILE);
  // Of a try that could not be made readable as completed, and then fails.
  await rm(path, { force: true });
  await writeFile(path, JSON.stringify(manifest), { flag: 'wx', mode: 0o444, flush: true });
}

/** Undefined when the try has stored nothing, or has not ended. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    // This store is the only one that writes there.
    return JSON.parse(await readFile(join(folder, FILE), 'utf8')) as Manifest;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
