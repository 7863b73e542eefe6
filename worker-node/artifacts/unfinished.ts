import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { processName, processState } from './process-name.ts';

/** Places for what this process has not finished yet. Whoever asks for one removes what is there. */
export interface Unfinished {
  /** A new empty folder. */
  folder(): Promise<string>;
  /** Path of a file that is not there yet. */
  file(): Promise<string>;
}

/** No try lasts as long: 30 days of timeout, and 7 of waiting for the edge. */
export const FORGOTTEN_MS = 40 * 86_400_000;

/**
 * Each process that shares `dir` has a folder of its own in it, named after the process: what a killed one left is removed
 * by the next that opens `dir`. Where nobody here can look (another machine, another container), after 40 days.
 */
export function openUnfinished(dir: string): Unfinished {
  for (const name of namesIn(dir)) if (isLeft(dir, name)) remove(join(dir, name));
  const own = join(dir, processName(process.pid) ?? randomUUID());
  const made = () => mkdir(own, { recursive: true });
  return {
    async folder() {
      await made();
      // Short: scripts make sockets below it, whose paths may have no more than about 100 characters.
      return mkdtemp(join(own, '/'));
    },
    async file() {
      await made();
      return join(own, randomUUID());
    },
  };
}

function isLeft(dir: string, name: string): boolean {
  const state = processState(name);
  if (state !== 'unknown') return state === 'ended';
  // What is begun or finished in a folder touches it.
  const touched = statSync(join(dir, name), { throwIfNoEntry: false })?.mtimeMs;
  return touched !== undefined && Date.now() - touched > FORGOTTEN_MS;
}

/** Names of what is in a folder; none when there is no such folder. */
export function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Not ours to remove (another account, or a worker that removes it at the same time): no reason not to start.
  }
}
