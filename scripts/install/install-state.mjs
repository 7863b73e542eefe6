import { readFileSync } from 'node:fs';
import { join } from 'node:path';

function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function installNeeded(root) {
  const wanted = lockedPackages(join(root, 'package-lock.json'));
  if (!wanted) throw new Error('package-lock.json is missing or broken: restore it from git.');
  // npm writes this file last, after every package is in place: it is the stamp of a finished install.
  const installed = lockedPackages(join(root, 'node_modules', '.package-lock.json'));
  if (!installed) return 'dependencies are not installed';
  const stale = Object.entries(wanted).some(([path, entry]) => {
    if (path === '') return false;
    const present = installed[path];
    return present ? present.version !== entry.version : !entry.optional;
  });
  return stale ? 'installed dependencies differ from package-lock.json' : undefined;
}
