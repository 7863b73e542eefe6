import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openUnfinished, type Unfinished } from './unfinished.ts';

/** Longest path of a temporary folder: a socket below it may have about 100 characters in all, and gets up to 40 from others. */
const MAX_PATH = 60;
/** What `openUnfinished` adds: the name of a process and six letters. */
const ADDED = '/00000000-0000000000-00000000/XXXXXX'.length;

/**
 * Makes empty folders with short paths, in a folder of this user's below that for temporary files of the system. Where that
 * folder is somebody else's or its path is too long, they are made in `fallback`. What killed processes left is removed here.
 */
export function openTemporary(
  fallback: Unfinished,
  systems: readonly string[] = [tmpdir(), '/tmp'],
): Pick<Unfinished, 'folder'> {
  const dir = systems.map(ofUser).find((path) => path.length + ADDED < MAX_PATH && isOwn(path));
  if (dir === undefined) return fallback;
  const unfinished = openUnfinished(dir);
  // What cleans up the system's folder may have removed ours, and others can have put theirs in its place.
  return { folder: () => (isOwn(dir) ? unfinished.folder() : fallback.folder()) };
}

const ofUser = (system: string): string => join(system, `wf-${process.getuid?.() ?? 'user'}`);

/** Whether it is, or is made, a folder that nobody else can write to: everybody may make one of that name there. */
function isOwn(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  const own = process.getuid?.();
  return found?.isDirectory() === true && (own === undefined || found.uid === own) && (found.mode & 0o077) === 0;
}
