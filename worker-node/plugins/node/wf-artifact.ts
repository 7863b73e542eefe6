import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from './wf-failure.ts';

/*
 * How `artifact` keeps the bytes that a file holds at the call. Part of the helper `wf`: it stands alone.
 */

/** A regular file that can be read, and the name to store it under. */
interface Found {
  name: string;
  path: string;
  /** Bytes, as the system says; 0 also for files that the kernel makes up. */
  size: number;
}

const ARTIFACT_NAME = /^(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,119}\/){0,7}[A-Za-z0-9_][A-Za-z0-9._-]{0,119}$/;

/** Throws Failure INVALID_ARTIFACT_NAME or INVALID_ARTIFACT unless a file can be stored so. */
export function findArtifact(name: string, path: string): Found {
  if (typeof name !== 'string' || !ARTIFACT_NAME.test(name)) {
    const rule =
      'expected a relative path of at most 8 parts of letters, digits, "_", "-" and ".", such as plots/roc.svg';
    throw new Failure('INVALID_ARTIFACT_NAME', `"${name}" is no artifact name: ${rule}`, { retryable: false });
  }
  const refused = (why: string) =>
    new Failure('INVALID_ARTIFACT', `artifact "${name}" cannot be stored: "${path}" ${why}`, { retryable: false });
  let file: number;
  try {
    // A FIFO would block until somebody writes to it.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw refused(`cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`);
  }
  const stats = fstatSync(file);
  closeSync(file);
  if (stats.isFile()) return { name, path, size: stats.size };
  throw refused(stats.isDirectory() ? 'is a folder: pack it into one file' : 'is no regular file');
}

/**
 * Leaves a copy for the runner beside its input file, as worker-node/plugins/script/snapshots.ts says. Throws Failure
 * TRY_ENDED when the runner has removed that folder: a process that has outlived its try makes no place of its own.
 */
export function keepArtifact(inputFile: string, found: Found): void {
  const control = dirname(inputFile);
  try {
    keep(join(control, 'artifacts'), found);
  } catch (error) {
    if (existsSync(control)) throw error;
    const why = 'its try has ended, or something has removed the folder of WF_INPUT';
    throw new Failure('TRY_ENDED', `artifact "${found.name}" cannot be stored: ${why}`, { retryable: false });
  }
}

function keep(folder: string, { name, path, size }: Found): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const target = join(folder, createHash('sha256').update(name).digest('hex'));
  const about = JSON.stringify({ name, at: String(process.hrtime.bigint()) });

  function replace(place: string, write: (temporary: string) => void): void {
    const temporary = join(folder, `.${randomUUID()}`);
    try {
      write(temporary);
      renameSync(temporary, place);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  replace(`${target}.json`, (copy) => writeFileSync(copy, about));
  replace(target, (copy) => {
    // Shares the blocks of the file where the file system can. Files that the kernel makes up have no size to copy by.
    if (size > 0) copyFileSync(path, copy, constants.COPYFILE_FICLONE);
    else writeFileSync(copy, readFileSync(path));
  });
}
