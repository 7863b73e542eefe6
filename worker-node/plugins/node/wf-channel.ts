import { randomUUID } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/*
 * Where events go: through the runner's pipe, whoever writes, else to stderr; never into a file of the user's. Part of the
 * helper `wf`: it stands alone.
 *
 * The pipe is descriptor 3 of the process that the runner started. The runner sets WF_EVENTS=3 for that process alone;
 * `claim` opens it once more, and puts the process, the identity of the pipe and the second descriptor
 * (PID:DEVICE:INODE:DESCRIPTOR) there instead, for everything that it starts. Where descriptor 3 is no longer this pipe, and in
 * a child that did not inherit it, the second one is taken, else the pipe is opened again by way of /proc, else events go to
 * stderr.
 */

const EVENTS = 3;
const STDERR = 2;
/** What a pipe takes whole: POSIX promises 512 bytes, Linux 4,096. */
const PIPE_BUF = process.platform === 'linux' ? 4_096 : 512;
const PIECE_OVERHEAD = 144;
const KIND = BigInt(constants.S_IFMT);
/** How long a full pipe is waited for: the runner reads all the time. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 2;

let kept: number | undefined;
let reopened: number | undefined;
let lost = 0;
/** As it was before the script could put another file there. */
const stderr = identityOf(STDERR);

/** For the entry of the runner's own process, before anything of the user's runs. */
export function claim(): void {
  if (process.env.WF_EVENTS !== `${EVENTS}`) return;
  const { dev, ino } = fstatSync(EVENTS, { bigint: true });
  kept = reopen(`/proc/self/fd/${EVENTS}`, `${dev}:${ino}`);
  process.env.WF_EVENTS = `${process.pid}:${dev}:${ino}:${kept ?? EVENTS}`;
}

/** Whether this is the process that the runner started. */
export function isOwn(): boolean {
  return isMainThread && claimed()?.pid === `${process.pid}`;
}

/** Whether this process was started by one that the runner started. */
export function isChild(): boolean {
  const pid = claimed()?.pid;
  return pid !== undefined && pid !== `${process.pid}`;
}

function claimed(): { pid: string; pipe: string; other: string } | undefined {
  const [pid, dev, ino, other] = (process.env.WF_INPUT && process.env.WF_EVENTS?.split(':')) || [];
  return pid === undefined || other === undefined ? undefined : { pid, pipe: `${dev}:${ino}`, other };
}

/** Writes an event of JSON values. Never throws: what cannot be written is counted, and told once that is possible. */
export function write(event: Record<string, unknown>): void {
  try {
    send(event);
  } catch {
    lost++;
    return;
  }
  if (lost === 0) return;
  const message = `${lost} earlier event${lost > 1 ? 's' : ''} of the script could not be written.`;
  const metadata = { lost };
  lost = 0;
  write({ type: 'log', level: 'WARN', message, metadata });
}

function send(event: Record<string, unknown>): void {
  const line = JSON.stringify(event);
  const pipe = findPipe();
  if (pipe !== undefined && sendTo(pipe, line)) return;
  if (process.env.WF_INPUT && (stderr === undefined || identityOf(STDERR) !== stderr))
    throw new Error("stderr is a file of the script's");
  writeWhole(STDERR, `${line}\n`);
}

function sendTo(pipe: number, line: string): boolean {
  try {
    for (const piece of pieces(line)) writeWhole(pipe, piece);
    return true;
  } catch {
    // The runner is gone, or the pipe was closed meanwhile.
    return false;
  }
}

/** Lines that a pipe takes whole: what several processes write at once must not mix. */
function pieces(line: string): string[] {
  if (Buffer.byteLength(line) < PIPE_BUF) return [`${line}\n`];
  // As ASCII, a character is a byte, and two within a text of JSON.
  const ascii = line.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const size = (PIPE_BUF - PIECE_OVERHEAD) >> 1;
  const id = randomUUID();
  const of = Math.ceil(ascii.length / size);
  return Array.from({ length: of }, (_, n) => {
    const text = ascii.slice(n * size, (n + 1) * size);
    return `${JSON.stringify({ type: 'part', id, n, of, text })}\n`;
  });
}

/** A descriptor of the runner's pipe; undefined without one. */
function findPipe(): number | undefined {
  const address = claimed();
  if (!address) return undefined;
  const { pid, pipe, other } = address;
  for (const descriptor of [EVENTS, kept, reopened])
    if (descriptor !== undefined && pipeAt(descriptor) === pipe) return descriptor;
  reopened = reopen(`/proc/${pid}/fd/${EVENTS}`, pipe) ?? reopen(`/proc/${pid}/fd/${other}`, pipe);
  return reopened;
}

/** Looks first: to close a file of the user's again would drop the locks that this process has on it. */
function reopen(path: string, pipe: string): number | undefined {
  if (pipeAt(path) !== pipe) return undefined;
  try {
    const opened = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (pipeAt(opened) === pipe) return opened;
    closeSync(opened);
  } catch {
    // The process is gone, or its descriptor is a socket, which nobody can open.
  }
  return undefined;
}

/** What tells the pipe at a path or descriptor; undefined for anything else. Once it is closed, a new file can have its number. */
function pipeAt(place: string | number): string | undefined {
  const found = look(place);
  return found && (found.isFIFO() || found.isSocket()) ? `${found.dev}:${found.ino}` : undefined;
}

/** With its kind: the number of a pipe that is gone is free for a file. */
function identityOf(descriptor: number): string | undefined {
  const found = look(descriptor);
  return found && `${found.dev}:${found.ino}:${found.mode & KIND}`;
}

function look(place: string | number): BigIntStats | undefined {
  try {
    return typeof place === 'number' ? fstatSync(place, { bigint: true }) : statSync(place, { bigint: true });
  } catch {
    return undefined;
  }
}

function writeWhole(descriptor: number, text: string): void {
  const data = Buffer.from(text);
  const deadline = Date.now() + PATIENCE_MS;
  for (let done = 0; done < data.length; ) {
    try {
      done += writeSync(descriptor, data, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
