import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LIMITS } from '../../shared/limits.ts';
import { JsonObject } from '../../shared/schemas/json.ts';
import { type Artifact, PluginError, type StepArtifacts } from '../plugins/define-plugin.ts';
import {
  assertArtifactName,
  executionFolder,
  formatArtifactUri,
  parseArtifactUri,
  storagePath,
} from './artifact-uri.ts';
import { openUnfinished } from './unfinished.ts';

export interface ArtifactStore {
  /** Artifacts as one try of a step sees them. */
  forTry(owner: { execution: string; step: string }): TryArtifacts;
  /** Local path of a stored file. Throws PluginError ARTIFACT_NOT_FOUND. */
  open(uri: string): Promise<string>;
  /** Deletes all artifacts of an execution. */
  remove(execution: string): Promise<void>;
}

export interface TryArtifacts extends StepArtifacts {
  /** What this try has stored so far, by name. */
  stored(): Artifact[];
  /** Removes the working folder. To be called when the try has ended, however it ended. */
  dispose(): Promise<void>;
}

/**
 * Artifacts in a local folder. A stored file is whole and never changes: a name is bound by an atomic rename once its
 * bytes are on disk, so a repeated try replaces the earlier file at once or not at all, and readers keep what they opened.
 * Several workers may share the folder; what killed ones had not finished is removed here.
 */
export function createArtifactStore({ dir }: { dir: string }): ArtifactStore {
  const unfinished = openUnfinished(join(dir, '.unfinished'));

  async function put(
    owner: { execution: string; step: string },
    name: string,
    { localPath, about }: { localPath: string; about: JsonObject | undefined },
  ): Promise<Artifact> {
    assertArtifactName(name);
    const address = { ...owner, name };
    // A pipe or device would block or never end.
    if (!(await find(localPath))?.isFile()) throw notAFile(name);
    const target = join(dir, ...storagePath(address));
    const [temporary] = await Promise.all([unfinished.file(), mkdir(dirname(target), { recursive: true })]);
    try {
      const { size, sha256 } = await copyHashed(localPath, temporary);
      // Never that of an earlier file: a description that is not there yet says nothing wrong.
      await rm(aboutPath(target), { force: true });
      await rename(temporary, target);
      if (about !== undefined) await writeFile(aboutPath(target), JSON.stringify(about), { mode: 0o444 });
      return { uri: formatArtifactUri(address), name, size, sha256 };
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async function open(uri: string): Promise<string> {
    const path = join(dir, ...storagePath(parseArtifactUri(uri)));
    if (!(await find(path))?.isFile()) throw notFound(uri, 'it was never stored, or has been deleted');
    return path;
  }

  function forTry(owner: { execution: string; step: string }): TryArtifacts {
    const stored = new Map<string, Artifact>();
    // Names that are stored, or about to be: several can be under way.
    const names = new Set<string>();
    let workdir: Promise<string> | undefined;
    return {
      workdir: () => (workdir ??= unfinished.folder()),
      async put(name, localPath, about) {
        if (!names.has(name) && names.size >= LIMITS.artifactsPerTry) throw tooMany(name);
        names.add(name);
        try {
          const artifact = await put(owner, name, { localPath, about });
          stored.set(name, artifact);
          return artifact;
        } catch (error) {
          if (!stored.has(name)) names.delete(name);
          throw error;
        }
      },
      async open(uri) {
        if (parseArtifactUri(uri).execution !== owner.execution) throw notFound(uri, 'it belongs to another execution');
        return open(uri);
      },
      async about(uri) {
        const text = await readFile(aboutPath(await this.open(uri)), 'utf8').catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return null;
          throw error;
        });
        return text === null ? null : JsonObject.parse(JSON.parse(text));
      },
      stored: () => [...stored.values()],
      async dispose() {
        if (workdir) await rm(await workdir, { recursive: true, force: true });
      },
    };
  }

  return {
    forTry,
    open,
    remove: (execution) => rm(join(dir, executionFolder(execution)), { recursive: true, force: true }),
  };
}

/** Where the description of a file is kept: no artifact has such a name. */
const aboutPath = (file: string): string => `${file}~about`;

async function find(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

async function copyHashed(from: string, to: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  await pipeline(
    createReadStream(from),
    async function* measure(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    },
    // Read-only, and on disk before it gets its name: after a power cut there is the old file or the new one.
    createWriteStream(to, { flags: 'wx', mode: 0o444, flush: true }),
  );
  return { size, sha256: hash.digest('hex') };
}

function notAFile(name: string): PluginError {
  return new PluginError({
    code: 'INVALID_ARTIFACT',
    message: `artifact "${name}" cannot be stored: there is no such regular file`,
    retryable: false,
  });
}

function tooMany(name: string): PluginError {
  return new PluginError({
    code: 'TOO_MANY_ARTIFACTS',
    message: `artifact "${name}" cannot be stored: a try of a step stores at most ${LIMITS.artifactsPerTry}. Pack small files into one archive`,
    retryable: false,
  });
}

function notFound(uri: string, reason: string): PluginError {
  return new PluginError({ code: 'ARTIFACT_NOT_FOUND', message: `${uri} cannot be read: ${reason}`, retryable: false });
}
