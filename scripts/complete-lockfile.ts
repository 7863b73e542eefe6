/**
 * Adds to package-lock.json the platform builds that npm left out of it.
 *
 * npm drops optional dependencies that it could not look up while locking, and then `npm ci` refuses the
 * lockfile, or other platforms lack their binary (npm/cli#4828). Run this after `npm install` changed the lockfile.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  version?: string;
  os?: string[];
  cpu?: string[];
  optional?: boolean;
  dev?: boolean;
  optionalDependencies?: Record<string, string>;
}

const LOCKFILE = new URL('../package-lock.json', import.meta.url);
const OS_NAMES: [RegExp, string][] = [
  [/darwin/, 'darwin'],
  [/android/, 'android'],
  [/win32|windows/, 'win32'],
  [/linux/, 'linux'],
];
const CPU_NAMES: [RegExp, string][] = [
  [/arm64/, 'arm64'],
  [/arm-/, 'arm'],
  [/ppc64/, 'ppc64'],
  [/s390x/, 's390x'],
  [/ia32/, 'ia32'],
  [/x64|-64$/, 'x64'],
];

const pick = (name: string, table: [RegExp, string][]) => table.find(([pattern]) => pattern.test(name))?.[1];

const lock = JSON.parse(readFileSync(LOCKFILE, 'utf8')) as { packages: Record<string, LockedPackage> };
const { packages } = lock;

/** True when `name`, required from the package at `from`, resolves to an entry (node's own look-up: nearest folder first). */
function isLocked(from: string, name: string): boolean {
  for (let dir = from; ; ) {
    if (packages[`${dir ? `${dir}/` : ''}node_modules/${name}`]) return true;
    if (!dir) return false;
    const parent = dir.lastIndexOf('/node_modules/');
    dir = parent < 0 ? '' : dir.slice(0, parent);
  }
}

const added: string[] = [];
for (const [path, entry] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue;
    const os = pick(name, OS_NAMES);
    const cpu = pick(name, CPU_NAMES);
    if (!os || !cpu || !/^\d/.test(version))
      throw new Error(`${name}@${version}: cannot tell its platform; add it to package-lock.json by hand`);
    const top = `node_modules/${name}`;
    packages[packages[top] ? `${path}/${top}` : top] = {
      version,
      cpu: [cpu],
      ...(entry.dev && { dev: true }),
      optional: true,
      os: [os],
    };
    added.push(`${name}@${version}`);
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(LOCKFILE, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length ? `added ${added.join(', ')}` : 'the lockfile is complete');
