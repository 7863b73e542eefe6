import { isUtf8 } from 'node:buffer';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { LIMITS } from '../../../shared/limits.ts';
import type { JsonValue } from '../../../shared/schemas/json.ts';
import { PluginError } from '../define-plugin.ts';
import { invalidOutput, parseOutput } from './output-json.ts';

/**
 * The JSON that a script left in `path`; undefined when there is no file, or an empty one. Throws PluginError
 * OUTPUT_TOO_LARGE, OUTPUT_TOO_DEEP or INVALID_OUTPUT.
 */
export async function readScriptOutput(path: string): Promise<JsonValue | undefined> {
  const bytes = await readBytes(path);
  return bytes === undefined || bytes.length === 0 ? undefined : parseOutput(decode(bytes));
}

async function readBytes(path: string): Promise<Uint8Array | undefined> {
  try {
    // Asked before it is opened: to open a device can have an effect.
    if (!isFile(await stat(path))) return undefined;
    // A FIFO that has taken the place of the file since would block without O_NONBLOCK.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return isFile(await file.stat()) ? await readWithin(file) : undefined;
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && (await isDanglingLink(path)))
      throw invalidOutput('the output is a symbolic link to a file that is not there: write the file itself');
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const reason = UNREADABLE[code ?? ''];
    if (reason) throw invalidOutput(`the output cannot be read: ${reason}`);
    throw error;
  }
}

/** By the system's error; its own words name a path of the worker. */
const UNREADABLE: Readonly<Record<string, string>> = {
  ELOOP: 'its links go round in a circle',
  EACCES: 'the worker has no permission',
  EPERM: 'the worker has no permission',
  ENXIO: 'it is a socket or a device that is not there',
};

/**
 * Why a script that failed with this error could not write its output; undefined when the error is of something else, or
 * nothing is in its way.
 */
export async function outputInTheWay(path: string, error: string): Promise<PluginError | undefined> {
  if (!error.includes(path)) return undefined;
  const found = await stat(path).catch(() => undefined);
  const kind = found && kindOf(found);
  return kind === undefined ? undefined : notAFile(kind);
}

const notAFile = (kind: string): PluginError =>
  invalidOutput(`the output is a ${kind}: write its JSON into a file at the path in WF_OUTPUT`);

function isFile(found: Stats): boolean {
  const kind = kindOf(found);
  if (kind) throw notAFile(kind);
  return true;
}

function kindOf(found: Stats): string | undefined {
  if (found.isFile()) return undefined;
  if (found.isDirectory()) return 'folder';
  if (found.isFIFO()) return 'FIFO';
  return found.isSocket() ? 'socket' : 'device';
}

const isDanglingLink = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** What the file holds, however much a process that is still about adds to it. */
async function readWithin(file: FileHandle): Promise<Uint8Array> {
  const { size } = await file.stat();
  if (size > LIMITS.outputBytes) {
    const message = `the output has ${size} bytes, at most ${LIMITS.outputBytes} are allowed: store it as an artifact`;
    throw new PluginError({ code: 'OUTPUT_TOO_LARGE', message, retryable: false });
  }
  const bytes = Buffer.alloc(size);
  let read = 0;
  while (read < size) {
    const { bytesRead } = await file.read(bytes, read, size - read, read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}

/** A byte order mark is skipped. */
function decode(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  throw invalidOutput(`the output is not UTF-8 (line ${lineOfBadBytes(bytes)}): write it as UTF-8`);
}

const NEWLINE = 0x0a;

/** No byte of a longer character is a line break: each line is UTF-8 by itself, or not. */
function lineOfBadBytes(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found === -1 ? bytes.length : found;
    if (!isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
  return line;
}
