import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { type OperationContext, PluginError } from './define-plugin.ts';

/**
 * Absolute path of a regular file below the project folder, symbolic links resolved. Closed are hidden files and folders
 * (`.wf`, `.git`, `.env`) and the data folder of the worker, since keys are in them, also by way of a link. Throws
 * PluginError ACCESS_DENIED when the path leads there or out of the project, FILE_NOT_FOUND when there is no such file.
 */
export async function resolveProjectFile(
  { projectDir, dataDir }: Pick<OperationContext<unknown>, 'projectDir' | 'dataDir'>,
  path: string,
): Promise<string> {
  const [root, data] = await Promise.all([realpath(projectDir), realpathOf(dataDir)]);
  if (isAbsolute(path)) throw outside(path);
  const lexical = resolve(root, path);
  const assertOpen = (place: string) => {
    if (!isBelow(root, place)) throw outside(path);
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
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw notFound(path);
    throw error;
  });
  assertOpen(real);
  if (!(await stat(real)).isFile()) throw notFound(path);
  return real;
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

function notFound(path: string): PluginError {
  return new PluginError({
    code: 'FILE_NOT_FOUND',
    message: `no file "${path}" in the project folder`,
    retryable: false,
  });
}
