import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { chmod, open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** What is known of a stored file. */
export interface StoredBytes {
  size: number;
  sha256: string;
}

/*
 * Both ways end with a file that is read-only, and on disk before it gets its name: after a power cut there is the whole
 * file or none. An abort leaves nothing behind.
 */

/** Copies a file. */
export async function copyFile(from: string, to: string, signal: AbortSignal): Promise<StoredBytes> {
  const measured = createMeasure();
  try {
    const target = createWriteStream(to, { flags: 'wx', mode: 0o444, flush: true });
    await pipeline(createReadStream(from), measured.pass, target, { signal });
  } catch (error) {
    await rm(to, { force: true });
    throw error;
  }
  return measured.result();
}

/** Moves a file that nobody writes any more; copies it where it lies on another file system. */
export async function moveFile(from: string, to: string, signal: AbortSignal): Promise<StoredBytes> {
  const measured = createMeasure();
  for await (const _ of measured.pass(createReadStream(from, { signal }))) signal.throwIfAborted();
  const file = await open(from);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await chmod(from, 0o444);
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    return copyFile(from, to, signal);
  }
  return measured.result();
}

/** Undefined when there is nothing. */
export async function findFile(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

function createMeasure() {
  const hash = createHash('sha256');
  let size = 0;
  return {
    async *pass(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    },
    result: (): StoredBytes => ({ size, sha256: hash.digest('hex') }),
  };
}
