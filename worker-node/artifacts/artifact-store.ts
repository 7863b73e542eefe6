import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../../shared/schemas/json.ts';
import type { StepArtifacts } from '../plugins/define-plugin.ts';
import { damaged, notFound, storingFailed, tryEnded } from './artifact-errors.ts';
import {
  executionFolder,
  formatArtifactUri,
  namePath,
  parseArtifactUri,
  type TryAddress,
  tryPath,
} from './artifact-uri.ts';
import { type ManifestFile, readManifest, type SealedOutcome, writeManifest } from './manifest.ts';
import { openRemovedExecutions } from './removed-executions.ts';
import { findFile } from './store-file.ts';
import { openTemporary } from './temporary.ts';
import { TryFiles } from './try-files.ts';
import { openUnfinished } from './unfinished.ts';

/** Which tries an artifact URI means: those of one attempt that count. */
export interface Counting {
  attempt: number;
  /**
   * Number of the try that counts, by step; 0 where none does (yet). A step that is not named counts with its first try, if
   * that has completed.
   */
  counting?: Readonly<Record<string, number>>;
}

export interface ArtifactStore {
  /** Artifacts as one try of a step sees them. */
  forTry(owner: TryAddress & Counting): TryArtifacts;
  /** Local path of a stored file. Throws PluginError ARTIFACT_NOT_FOUND or ARTIFACT_DAMAGED. */
  open(uri: string, counting: Counting): Promise<string>;
  /** Deletes all artifacts of an execution, for good: what a try of it stores after that is dropped. */
  remove(execution: string): Promise<void>;
}

export interface TryArtifacts extends StepArtifacts {
  /** URIs of what this try has stored so far. */
  stored(): string[];
  /** The try has ended: what it is storing is broken off, nothing more is stored. */
  close(): Promise<void>;
  /** Closes the try: nothing of it is kept. */
  discard(): Promise<void>;
  /** Makes what the try has stored readable, all at once. Closes it. Throws PluginError TRY_ENDED when it was discarded. */
  seal(outcome: SealedOutcome): Promise<void>;
  /** Closes the try, and removes its folders and what was not sealed. To be called when it has ended, however it ended. */
  dispose(): Promise<void>;
}

/**
 * Artifacts in a local folder, which several workers may share. A try stores out of everybody's sight; when it has ended, its
 * files are made readable by one rename, beside those of the step's other tries, and never change again. Which try a URI
 * means is the reader's to say. What killed workers had not finished is removed here.
 */
export function createArtifactStore({ dir }: { dir: string }): ArtifactStore {
  const unfinished = openUnfinished(join(dir, '.unfinished'));
  const temporary = openTemporary(unfinished);
  const removed = openRemovedExecutions(join(dir, '.removed'));

  async function find(
    uri: string,
    { attempt, counting = {} }: Counting,
  ): Promise<{ path: string; file: ManifestFile }> {
    const { execution, step, name } = parseArtifactUri(uri);
    const number = counting[step];
    if (number === 0) throw notFound(uri, 'no try of the step counts yet');
    const folder = join(dir, ...tryPath({ execution, attempt, step, try: number ?? 1 }));
    const manifest = await readManifest(folder);
    const counts = number !== undefined || manifest?.outcome === 'completed';
    const file = counts ? manifest?.files.find((found) => found.name === name) : undefined;
    const path = join(folder, ...namePath(name));
    const found = file && (await findFile(path));
    if (!file || !found?.isFile())
      throw notFound(uri, 'the try of the step that counts has not stored it, or it has been deleted');
    if (found.size !== file.size) throw damaged(uri, { size: found.size, stored: file.size });
    return { path, file };
  }

  async function publish(from: string, of: TryAddress): Promise<void> {
    const gone = () => tryEnded('the artifacts of the execution have been removed');
    const folder = executionFolder(of.execution);
    if (await removed.has(folder)) throw gone();
    const target = join(dir, ...tryPath(of));
    await mkdir(dirname(target), { recursive: true });
    try {
      await rename(from, target);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      // Temporal was made to run the same try again (reset): what it stores now is what it has stored.
      const earlier = await unfinished.folder();
      await rename(target, earlier);
      await rename(from, target);
      await rm(earlier, { recursive: true, force: true });
    }
    // Removed while it was being made readable.
    if (!(await removed.has(folder))) return;
    await rm(target, { recursive: true, force: true });
    throw gone();
  }

  function forTry(owner: TryAddress & Counting): TryArtifacts {
    const { execution, step } = owner;
    const files = new TryFiles(owner, unfinished);
    const folders = new Map<string, Promise<string>>();
    let discarded = false;

    /** One of each kind for the whole try. */
    async function folder(kind: string, make: () => Promise<string>): Promise<string> {
      const made = folders.get(kind);
      if (made) return made;
      files.assertOpen(`a ${kind} folder cannot be made`);
      const making = make();
      folders.set(kind, making);
      return making;
    }

    /** What the try itself has stored, else what the try of a step that counts has. */
    async function read(uri: string): Promise<{ path: string; file: ManifestFile }> {
      const address = parseArtifactUri(uri);
      if (address.execution !== execution) throw notFound(uri, 'it belongs to another execution');
      const own = address.step === step ? files.files.find(({ name }) => name === address.name) : undefined;
      const folder = await files.folder();
      if (own && folder) return { path: join(folder, ...namePath(own.name)), file: own };
      return find(uri, owner);
    }

    return {
      workdir: () => folder('working', unfinished.folder),
      tempdir: () => folder('temporary', temporary.folder),
      controldir: () => folder('control', unfinished.folder),
      put: (name, localPath, about) => files.put('copy', name, localPath, about),
      take: (name, localPath, about) => files.put('move', name, localPath, about),
      open: async (uri) => (await read(uri)).path,
      about: async (uri): Promise<JsonObject | null> => (await read(uri)).file.about ?? null,
      stored: () => files.files.map(({ name }) => formatArtifactUri({ execution, step, name })),
      close: () => files.close(),
      async discard() {
        discarded = true;
        await files.close();
      },
      async seal(outcome) {
        await files.close();
        if (discarded) throw tryEnded('its files cannot be made readable');
        const folder = await files.folder();
        const [first] = files.files;
        if (folder === undefined || first === undefined) return;
        try {
          await writeManifest(folder, { outcome, files: files.files });
          await publish(folder, owner);
        } catch (error) {
          throw storingFailed(first.name, error);
        }
      },
      async dispose() {
        await files.close();
        // A process that has left its group may still write there.
        for (const made of await Promise.all([...folders.values(), files.folder()]))
          if (made !== undefined) await rm(made, { recursive: true, force: true, maxRetries: 3 });
      },
    };
  }

  return {
    forTry,
    open: async (uri, counting) => (await find(uri, counting)).path,
    async remove(execution) {
      const folder = executionFolder(execution);
      await removed.add(folder);
      await rm(join(dir, folder), { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
