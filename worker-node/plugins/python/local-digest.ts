import { createHash } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** What is no part of a package: what building it leaves in its folder, and hidden files. */
const isLeftOut = (name: string): boolean =>
  name === 'build' || /(?:^|\/)(?:\.[^/]*|__pycache__|node_modules|[^/]*\.egg-info)$/.test(name);

/** What an installation in place is made of; everything else is read from the folder whenever it is imported. */
const BUILDS = /^[^/]+\.(?:toml|cfg|txt|in|lock)$|^setup\.py$|\.(?:pyx|pxd|c|cc|cpp|h|hpp|rs|f90)$/;

export interface LocalPlace {
  /** Absolute path of a file or folder. */
  path: string;
  /** Installed in place. */
  editable: boolean;
}

/** Digest of a file, or of the names and contents of a folder's files. `except` is a folder that is not looked into. */
export async function localDigest(place: LocalPlace, except: string): Promise<string> {
  if ((await stat(place.path)).isFile()) return fileDigest(place.path);
  const hash = createHash('sha256');
  const walk = async (folder: string): Promise<void> => {
    const children = await readdir(folder, { withFileTypes: true });
    for (const child of children.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, child.name);
      const name = relative(place.path, path);
      if (isLeftOut(name) || path === except) continue;
      if (child.isDirectory()) await walk(path);
      else if (place.editable && child.name === '__init__.py') hash.update(JSON.stringify([name]));
      else if (!place.editable || BUILDS.test(name)) hash.update(JSON.stringify([name, await contentOf(path, child)]));
    }
  };
  await walk(place.path);
  return hash.digest('hex');
}

/** A pipe or socket has no content that stays. */
async function contentOf(path: string, child: Dirent): Promise<string> {
  if (child.isFile()) return fileDigest(path);
  return child.isSymbolicLink() ? linkDigest(path) : 'special';
}

/** A link to a folder is not followed: it can lead in a circle. */
async function linkDigest(path: string): Promise<string> {
  const target = await stat(path).catch(() => undefined);
  return target?.isFile() ? fileDigest(path) : `link ${await readlink(path)}`;
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
