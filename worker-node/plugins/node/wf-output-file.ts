import { randomUUID } from 'node:crypto';
import { lstatSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from './wf-failure.ts';

/*
 * The file that holds a step's output: it is there whole, or as it was before. Part of the helper `wf`: it stands alone.
 */

/** Throws Failure INVALID_OUTPUT when something else than a file is in its place. */
export function putOutput(path: string, text: string): void {
  sizeOf(path);
  const temporary = join(dirname(path), `.${randomUUID()}`);
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Whether the file holds anything. Throws as `putOutput` does. */
export function isOutputGiven(path: string): boolean {
  return sizeOf(path) > 0;
}

function sizeOf(path: string): number {
  let found: Stats;
  try {
    found = statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Such as a link to itself.
    if (code !== 'ENOENT') throw refusal(`nothing that can be read (${code})`);
    if (lstatSync(path, { throwIfNoEntry: false })) throw refusal('a symbolic link to a file that is not there');
    return 0;
  }
  if (!found.isFile()) throw refusal(`a ${kindOf(found)}`);
  return found.size;
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'folder';
  if (found.isFIFO()) return 'FIFO';
  return found.isSocket() ? 'socket' : 'device';
}

function refusal(what: string): Failure {
  const remedy = 'leave the path in WF_OUTPUT to the helper, or write JSON into a file there';
  return new Failure('INVALID_OUTPUT', `the output is ${what}: ${remedy}`, { retryable: false });
}
