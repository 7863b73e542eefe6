import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';

/*
 * Where events go: through the runner's pipe, whoever writes, else to stderr; never into a file of the user's. Part of the
 * helper `wf`: it stands alone.
 *
 * The pipe is descriptor 3 of the process that the runner started. The runner sets WF_EVENTS=3 for that process alone;
 * `claim` puts the process and the identity of the pipe (PID:DEVICE:INODE) there instead, for everything that it starts. A
 * descriptor 3 that is no longer this pipe, or a child that did not inherit it, opens it again by way of /proc, or takes
 * stderr.
 */

const EVENTS = 3;
const STDERR = 2;
/** What a pipe takes whole: POSIX promises 512 bytes, Linux 4,096. */
const PIPE_BUF = process.platform === 'linux' ? 4_096 : 512;
const PIECE_OVERHEAD = 144;
/** How long a full pipe is waited for: the runner reads all the time. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 2;

let reopened: number | undefined;
let lost = 0;

/** For the entry of the runner's own process, before anything of the user's runs. */
export function claim(): void {
  if (process.env.WF_EVENTS !== '3') return;
  const { dev, ino } = fstatSync(EVENTS);
  process.env.WF_EVENTS = `${process.pid}:${dev}:${ino}`;
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
  const [pid, dev, ino] = (process.env.WF_INPUT && process.env.WF_EVENTS?.split(':')) || [];
  if (ino === undefined) return undefined;
  const isPipe = (descriptor: number): boolean => {
    try {
      const found = fstatSync(descriptor);
      // Once the pipe is closed everywhere, a new file can have its number.
      return (found.isFIFO() || found.isSocket()) && `${found.dev}:${found.ino}` === `${dev}:${ino}`;
    } catch {
      return false;
    }
  };
  for (const descriptor of [EVENTS, reopened]) if (descriptor !== undefined && isPipe(descriptor)) return descriptor;
  reopened = reopen(`/proc/${pid}/fd/${EVENTS}`, isPipe);
  return reopened;
}

function reopen(path: string, isPipe: (descriptor: number) => boolean): number | undefined {
  try {
    const opened = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (isPipe(opened)) return opened;
    closeSync(opened);
  } catch {
    // There is no /proc, the process is gone, or its descriptor is a socket, which nobody can open.
  }
  return undefined;
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
