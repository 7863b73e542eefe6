import { isAbsolute, relative } from 'node:path';

/** `file` as the user can type it: relative when it lies below the folder that the command was given in. */
export function userPath(file: string, from: string = process.env.INIT_CWD ?? process.cwd()): string {
  const path = relative(from, file);
  return path.startsWith('..') || isAbsolute(path) ? file : path;
}
