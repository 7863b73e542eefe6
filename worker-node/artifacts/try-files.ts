import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LIMITS } from '../../shared/limits.ts';
import type { JsonObject } from '../../shared/schemas/json.ts';
import type { Artifact } from '../plugins/define-plugin.ts';
import { notAFile, storingFailed, tooMany, tryEnded } from './artifact-errors.ts';
import { assertArtifactName, formatArtifactUri, namePath, type TryAddress } from './artifact-uri.ts';
import type { ManifestFile } from './manifest.ts';
import { copyFile, findFile, moveFile } from './store-file.ts';
import type { Unfinished } from './unfinished.ts';

/** Where bytes come from: a file that stays where it is, or one that is taken over. */
export type Source = 'copy' | 'move';

/**
 * What a running try stores, in a folder that nobody else knows: it is made readable as a whole when the try has ended, or
 * removed. A name is bound by an atomic rename once its bytes are on disk.
 */
export class TryFiles {
  readonly #of: TryAddress;
  readonly #unfinished: Unfinished;
  readonly #ended = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #stored = new Map<string, ManifestFile>();
  /** Names that are stored, or about to be: several can be under way. */
  readonly #names = new Set<string>();
  #folder: Promise<string> | undefined;

  constructor(of: TryAddress, unfinished: Unfinished) {
    this.#of = of;
    this.#unfinished = unfinished;
  }

  /** In the order in which their names were stored first. */
  get files(): ManifestFile[] {
    return [...this.#stored.values()];
  }

  /** The folder that holds the files; undefined while there is none. */
  folder(): Promise<string> | undefined {
    return this.#folder;
  }

  /** Throws PluginError TRY_ENDED once the try has ended. */
  assertOpen(what: string): void {
    if (this.#ended.signal.aborted) throw tryEnded(what);
  }

  put(source: Source, name: string, localPath: string, about?: JsonObject): Promise<Artifact> {
    const storing = this.#put(source, name, localPath, about);
    this.#underWay.add(storing);
    const done = () => this.#underWay.delete(storing);
    storing.then(done, done);
    return storing;
  }

  /** The try has ended: what is under way is broken off, and nothing more is stored. */
  async close(): Promise<void> {
    if (!this.#ended.signal.aborted) this.#ended.abort(tryEnded('an artifact cannot be stored'));
    await Promise.allSettled(this.#underWay);
  }

  async #put(source: Source, name: string, localPath: string, about?: JsonObject): Promise<Artifact> {
    assertArtifactName(name);
    this.assertOpen(`artifact "${name}" cannot be stored`);
    if (!this.#names.has(name) && this.#names.size >= LIMITS.artifactsPerTry) throw tooMany(name);
    this.#names.add(name);
    try {
      const { size, sha256 } = await this.#store(source, name, localPath);
      this.#stored.set(name, { name, size, sha256, ...(about && { about }) });
      const { execution, step } = this.#of;
      return { uri: formatArtifactUri({ execution, step, name }), name, size, sha256 };
    } catch (error) {
      if (!this.#stored.has(name)) this.#names.delete(name);
      const { signal } = this.#ended;
      throw signal.aborted ? signal.reason : storingFailed(name, error, localPath);
    }
  }

  async #store(source: Source, name: string, localPath: string) {
    // A pipe or device would block or never end.
    if (!(await findFile(localPath))?.isFile()) throw notAFile(name);
    this.#folder ??= this.#makeFolder();
    const target = join(await this.#folder, ...namePath(name));
    const [temporary] = await Promise.all([this.#unfinished.file(), mkdir(dirname(target), { recursive: true })]);
    const store = source === 'move' ? moveFile : copyFile;
    const bytes = await store(localPath, temporary, this.#ended.signal);
    try {
      this.#ended.signal.throwIfAborted();
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    return bytes;
  }

  /** With the rights that new folders have here, since it is the one that stays. */
  async #makeFolder(): Promise<string> {
    const folder = await this.#unfinished.file();
    await mkdir(folder);
    return folder;
  }
}
