import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { type OperationContext, PluginError } from './define-plugin.ts';

/**
 * Absolute path of a regular file below the project folder, symbolic links resolved. Closed are hidden files and folders
 * (`.wf`, `.git`, `.env`) and the data folder of the worker, since keys are in them, also by way of a link. Throws
 * PluginError ACCESS_DENIED when the path leads there or out of the project, FILE_NOT_FOUND when there is no such file.
 */
export async function resolveProjectFile(ctx: ProjectPlaces, path: string): Promise<string> {
  const { real, found } = await resolveOpen(ctx, path);
  if (found.isDirectory()) throw notFound(path, 'it is a folder');
  if (!found.isFile()) throw notFound(path, 'it is no regular file');
  return real;
}

/** `resolveProjectFile` for what may be a file or a folder, the project folder itself included. */
export async function resolveProjectEntry(
  ctx: ProjectPlaces,
  path: string,
): Promise<{ path: string; isFolder: boolean }> {
  const { real, found } = await resolveOpen(ctx, path);
  if (!found.isDirectory() && !found.isFile()) throw notFound(path, 'it is no regular file and no folder');
  return { path: real, isFolder: found.isDirectory() };
}

type ProjectPlaces = Pick<OperationContext<unknown>, 'projectDir' | 'dataDir'>;

async function resolveOpen(
  { projectDir, dataDir }: ProjectPlaces,
  path: string,
): Promise<{ real: string; found: Stats }> {
  if (path.includes('\0')) throw impossible(path, 'holds a NUL character, which no path can');
  const [root, data] = await Promise.all([realpath(projectDir), realpathOf(dataDir)]);
  if (isAbsolute(path)) throw outside(path);
  const lexical = resolve(root, path);
  const assertOpen = (place: string) => {
    if (place !== root && !isBelow(root, place)) throw outside(path);
    if (place === data || isBelow(data, place))
      throw denied(path, 'is in the data folder of the worker (WF_DATA_DIR), which no step may read');
    const hidden = relative(root, place)
      .split(sep)
      .find((segment) => segment.startsWith('.'));
    if (hidden !== undefined)
      throw denied(path, `leads to "${hidden}": no step may read files and folders whose name begins with a dot`);
  };
  assertOpen(lexical);
  const real = await realpath(lexical).catch((error: NodeJS.ErrnoException) => {
    throw unreachable(path, error);
  });
  assertOpen(real);
  return { real, found: await stat(real) };
}

/** What the system says of a path, where it says something of the path and not of itself. */
function unreachable(path: string, error: NodeJS.ErrnoException): Error {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return notFound(path);
    case 'ELOOP':
      return notFound(path, 'its symbolic links lead in a circle');
    case 'EACCES':
      return denied(path, 'may not be read by the account of the worker');
    case 'ENAMETOOLONG':
      return impossible(path, 'is longer than this system allows (255 bytes a name, 4,096 in all on Linux)');
    default:
      return error;
  }
}

/** A folder that is not there yet holds nothing. */
async function realpathOf(folder: string): Promise<string> {
  return realpath(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return resolve(folder);
    throw error;
  });
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function outside(path: string): PluginError {
  return denied(path, 'is not below the project folder: give a path relative to it');
}

function denied(path: string, rule: string): PluginError {
  return new PluginError({ code: 'ACCESS_DENIED', message: `"${path}" ${rule}`, retryable: false });
}

function impossible(path: string, why: string): PluginError {
  return new PluginError({ code: 'INVALID_CONFIG', message: `"${shown(path)}" ${why}`, retryable: false });
}

const shown = (path: string): string => [...path].slice(0, 200).join('').replaceAll('\0', '\\0');

function notFound(path: string, why?: string): PluginError {
  return new PluginError({
    code: 'FILE_NOT_FOUND',
    message: `no file "${path}" in the project folder${why === undefined ? '' : `: ${why}`}`,
    retryable: false,
  });
}
