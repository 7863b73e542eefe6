import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** One direction: the worker reads what a process writes. */
export interface Pipe {
  reading: Socket;
  /** Descriptor of the end to write to. It blocks while the pipe is full. */
  writing: number;
}

/**
 * Makes pipes that a process can also open by name (`/dev/stdout`, `/proc/self/fd/2`): those of `spawn` are sockets,
 * which Linux does not open that way. Their names are gone when this returns. Close `writing` once the process has it.
 */
export async function makePipes(count: number): Promise<Pipe[]> {
  const folder = await mkdtemp(join(tmpdir(), 'wf-pipes-'));
  const names = Array.from({ length: count }, (_, at) => join(folder, `${at}`));
  const pipes: Pipe[] = [];
  try {
    // Node has no call for it.
    await promisify(execFile)('mkfifo', ['-m', '600', ...names]);
    for (const name of names) pipes.push(openBoth(name));
    return pipes;
  } catch (error) {
    for (const { reading, writing } of pipes) {
      reading.destroy();
      closeSync(writing);
    }
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function openBoth(name: string): Pipe {
  // The reader first, and without waiting for a writer: then the writer finds it and does not wait either.
  const fd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writing = openSync(name, constants.O_WRONLY);
    return { reading: new Socket({ fd, readable: true, writable: false }), writing };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
