import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { PluginError } from './define-plugin.ts';

/**
 * Absolute path of a regular file below the project folder, symbolic links resolved. Throws PluginError
 * ACCESS_DENIED when the path leads out of the folder, FILE_NOT_FOUND when there is no such file.
 */
export async function resolveProjectFile(projectDir: string, path: string): Promise<string> {
  const root = await realpath(projectDir);
  const lexical = resolve(root, path);
  if (isAbsolute(path) || !isBelow(root, lexical)) throw denied(path);
  const real = await realpath(lexical).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw notFound(path);
    throw error;
  });
  if (!isBelow(root, real)) throw denied(path);
  if (!(await stat(real)).isFile()) throw notFound(path);
  return real;
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}

function denied(path: string): PluginError {
  return new PluginError({
    code: 'ACCESS_DENIED',
    message: `"${path}" is not below the project folder: give a path relative to it`,
    retryable: false,
  });
}

function notFound(path: string): PluginError {
  return new PluginError({
    code: 'FILE_NOT_FOUND',
    message: `no file "${path}" in the project folder`,
    retryable: false,
  });
}
