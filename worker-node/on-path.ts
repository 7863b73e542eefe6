import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first file `name` on PATH that may be executed. */
export function onPath(name: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const candidates = (env.PATH ?? '').split(delimiter).filter(Boolean);
  return candidates.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Absent, or not for this user: the next one may do.
    return false;
  }
}
