import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type OperationContext, PluginError } from '../define-plugin.ts';
import { resolveProjectEntry, resolveProjectFile } from '../project-file.ts';
import { type LocalPlace, localDigest } from './local-digest.ts';
import { localRequirement } from './local-requirement.ts';
import { optionLine, optionWords, requirementLines } from './requirement-lines.ts';
import { assertNothingLost, invalid, optionOf } from './requirement-options.ts';

/** Requirements that an installer can read from any folder, and all that they depend on. */
export interface Requirements {
  /** Text of each file by name, to be put in one folder. The first is the one to install. */
  files: Map<string, string>;
  /** Where each file is from, in the words of the config. */
  origins: Map<string, string>;
  /** Digests of the packages and folders of the project that they name, by path. */
  local: Map<string, string>;
}

type Ctx = Pick<OperationContext<unknown>, 'projectDir' | 'dataDir'>;

/**
 * Reads a list of requirements, or a file of the project with all that it includes. A path is relative to the file that it
 * stands in; that of a package may also be relative to the project folder, where an installer is started as a rule. What is
 * included and named is held to the rule of project files. Throws PluginError with file and line.
 */
export async function readRequirements(ctx: Ctx, given: readonly string[] | string): Promise<Requirements> {
  const reader = new Reader(ctx);
  if (typeof given === 'string') await reader.include(given, []);
  else await reader.add({ text: given.join('\n'), path: '' }, []);
  return reader;
}

/** A file that is being read, by its path in the project; that of a list is empty. */
interface Source {
  path: string;
  text: string;
}

class Reader implements Requirements {
  readonly files = new Map<string, string>();
  readonly origins = new Map<string, string>();
  readonly local = new Map<string, string>();
  readonly #names = new Map<string, string>();
  readonly #ctx: Ctx;

  constructor(ctx: Ctx) {
    this.#ctx = ctx;
  }

  /** Reads a file and what it includes; answers the name of its copy. `within` are the files that lead here. */
  async include(path: string, within: readonly string[]): Promise<string> {
    const real = await resolveProjectFile(this.#ctx, path);
    if (within.includes(real)) {
      const circle = [...within.slice(within.indexOf(real)), real];
      const names = circle.map((file) => `"${this.origins.get(this.#names.get(file) ?? '')}"`);
      throw invalid(`the requirements files include each other in a circle: ${names.join(', which includes ')}`);
    }
    const name = this.#names.get(real);
    if (name !== undefined) return name;
    const source = { path, text: decode(path, await readFile(real)) };
    return this.add(source, [...within, real]);
  }

  async add({ path, text }: Source, within: readonly string[]): Promise<string> {
    const count = this.files.size;
    const name = count === 0 ? 'requirements.txt' : `${count}-${basename(path).replaceAll(/[^\w.-]/g, '_')}`;
    // Its place: the first one is what is installed.
    this.files.set(name, '');
    this.origins.set(name, path === '' ? 'config.requirements' : path);
    const real = within.at(-1);
    if (real !== undefined) this.#names.set(real, name);
    const lines: string[] = [];
    for (const { text: line, number } of requirementLines(text)) {
      const where = path === '' ? `requirements: "${line}"` : `"${path}", line ${number}`;
      // Messages of the installer give line numbers.
      lines[number - 1] = await placed(where, () => this.#line(line, { path, within }));
    }
    this.files.set(name, `${Array.from(lines, (line) => line ?? '').join('\n')}\n`);
    return name;
  }

  async #line(line: string, from: { path: string; within: readonly string[] }): Promise<string> {
    if (!line.startsWith('-')) {
      assertNothingLost(line);
      return this.#package(line, from.path);
    }
    const words = optionWords(line);
    const rewritten: string[] = [];
    for (let at = 0; at < words.length; at++) {
      const [option, value] = optionOf(words[at] ?? '');
      if (option === undefined) {
        rewritten.push(words[at] ?? '');
        continue;
      }
      const isInclude = option === '--requirement' || option === '--constraint';
      if (isInclude && words.length > (value === undefined ? 2 : 1))
        throw invalid(`${option} must stand alone on its line`);
      if (!isInclude && option !== '--editable' && option !== '--find-links') {
        rewritten.push(value === undefined ? option : `${option}=${value}`);
        continue;
      }
      const argument = value ?? words[++at];
      if (!argument) throw invalid(`${option} lacks its path`);
      rewritten.push(option, await this.#argument(option, argument, from));
    }
    return optionLine(rewritten);
  }

  async #argument(option: string, argument: string, { path, within }: { path: string; within: readonly string[] }) {
    if (option === '--editable') return this.#package(argument, path, '.');
    const local = localPath(argument);
    if (local === undefined) return argument;
    if (option !== '--find-links') return this.include(this.#inProject(path, local), within);
    const [first] = await this.#found(path, local);
    const place = first ?? (await resolveProjectEntry(this.#ctx, this.#inProject(path, local))).path;
    return this.#keep({ path: place, editable: false });
  }

  /** A requirement whose path, if it names one, is absolute. `kind` '.': it is a folder even without a slash. */
  async #package(requirement: string, path: string, kind?: '.'): Promise<string> {
    const asPath =
      kind === undefined || /^[a-z][a-z0-9+.-]*:|[/@]/i.test(requirement) ? requirement : `./${requirement}`;
    const local = localRequirement(asPath);
    if (!local) return requirement;
    const found = await this.#found(path, local.path);
    const packages: string[] = [];
    for (const place of found) if (await isPackage(place)) packages.push(place);
    const [first, other] = packages;
    if (first !== undefined && other !== undefined)
      throw invalid(
        `"${local.path}" is a package both beside this file and in the project folder: rename one, or move the requirements file to the project folder`,
      );
    if (first !== undefined) {
      const place = await this.#keep({ path: first, editable: kind === '.' });
      const isUrl = local.before !== '' || local.after.startsWith('#');
      return `${local.before}${isUrl ? pathToFileURL(place).href : place}${local.after}`;
    }
    if (found.length > 0)
      throw invalid(`"${local.path}" is no Python package: it has no pyproject.toml and no setup.py`);
    // Says why.
    await resolveProjectEntry(this.#ctx, this.#inProject(path, local.path));
    throw invalid(`"${local.path}" has changed while it was read`);
  }

  /** What a path leads to: from the file that it stands in, then from the project folder. */
  async #found(file: string, path: string): Promise<string[]> {
    const found = new Set<string>();
    for (const from of [file, '']) {
      try {
        found.add((await resolveProjectEntry(this.#ctx, this.#inProject(from, path))).path);
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    }
    return [...found];
  }

  /** As a path relative to the project folder. */
  #inProject(file: string, path: string): string {
    const { projectDir } = this.#ctx;
    return isAbsolute(path) ? relative(projectDir, path) || '.' : join(file, file === '' ? '.' : '..', path);
  }

  async #keep(place: LocalPlace): Promise<string> {
    const key = `${place.editable ? 'in place' : 'copied'} ${place.path}`;
    const { dataDir } = this.#ctx;
    if (!this.local.has(key))
      this.local.set(key, await localDigest(place, await realpath(dataDir).catch(() => dataDir)));
    return place.path;
  }
}

/** Undefined for what is elsewhere. */
function localPath(argument: string): string | undefined {
  if (/^file:/i.test(argument)) return localRequirement(argument)?.path;
  return /^[a-z][a-z0-9+.-]*:/i.test(argument) ? undefined : argument;
}

async function isPackage(place: string): Promise<boolean> {
  if ((await stat(place)).isFile()) return true;
  const builds = ['pyproject.toml', 'setup.py'].map((name) => stat(join(place, name)).then(() => true));
  return Promise.any(builds).catch(() => false);
}

function decode(path: string, bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex');
  const encoding = mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw invalid(`the requirements file "${path}" is not UTF-8: save it as UTF-8`);
  }
}

const isAbsent = (error: unknown): boolean => error instanceof PluginError && error.code === 'FILE_NOT_FOUND';

async function placed<Value>(where: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    const { code, message, retryable } = error;
    throw new PluginError({ code, message: `${where}: ${message}`, retryable }, { cause: error });
  }
}
