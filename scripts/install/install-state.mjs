import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The package that brings the project's Node to this platform. */
function ownNode(wanted, { platform, arch }) {
  const isIt = ([path, { os = [], cpu = [], bin }]) =>
    bin?.node !== undefined && [os].flat().includes(platform) && [cpu].flat().includes(arch) && path.includes('/node-');
  return Object.entries(wanted).find(isIt)?.[0];
}

export function installNeeded(root, system = process) {
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
  if (stale) return 'installed dependencies differ from package-lock.json';
  // With npm's setting bin-links=false they are left out.
  if (!existsSync(join(root, 'node_modules', '.bin'))) return 'the commands of the dependencies are not installed';
  const node = ownNode(wanted, system);
  return node !== undefined && !existsSync(join(root, node)) ? "the project's Node is not installed" : undefined;
}
