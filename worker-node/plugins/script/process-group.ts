import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { startOf } from '../../artifacts/process-start.mjs';
import { makePipes, type Pipe } from './pipes.ts';

export interface GroupCommand {
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** On abort the group gets SIGTERM, and SIGKILL `killAfterMs()` later, asked then: a stop may leave no grace. */
  signal: AbortSignal;
  killAfterMs(): number;
  /** On abort it gets SIGKILL at once. */
  killSignal?: AbortSignal;
  onSpawn?(pid: number): void;
  /** The leader has ended, by itself or after a signal was sent. Called once, possibly a moment before its exit is known. */
  onEnded?(signalled: boolean): void;
  onStdout(text: string): void;
  onStderr(text: string): void;
  /** What the process writes to its file descriptor 3. */
  onEvents(text: string): void;
}

export interface GroupEnd {
  exitCode: number | null;
  killedBy: NodeJS.Signals | null;
  /** Whether a signal was sent while the leader still ran. */
  signalled: boolean;
}

/*
 * Runs the command beside a watchdog in the same process group. The watchdog reads from descriptor 4, whose other end
 * the worker holds: when the worker is gone, even by SIGKILL, the read ends and so does the whole group. It is started
 * from a subshell of its own so that the command never sees a child that it did not start. WF_PID tells the command from
 * the processes that it starts.
 */
const GUARDED =
  '( ( trap "" HUP INT TERM; read -r _ <&4; kill -KILL 0 ) >/dev/null 2>&1 3>&- & ); export WF_PID=$$; exec "$@" 4<&-';

/** Other systems than Linux open a socket by its name in /dev/fd as they open a pipe. */
const OPENS_SOCKETS = process.platform !== 'linux';
const SOCKETS = ['pipe', 'pipe', 'pipe'] as const;

/** How long the pipes of a dead group may stay open: a process that left the group can hold them for ever. */
const DRAIN_MS = 1_000;

/**
 * Runs a command as the leader of a process group, and ends with it everything that it started: on abort, when the
 * leader exits and leaves children behind, and when the worker dies. Resolves once the leader has exited and its
 * output is read; rejects when it cannot be started.
 */
export async function runGroup(options: GroupCommand): Promise<GroupEnd> {
  const { signal } = options;
  signal.throwIfAborted();
  const pipes = OPENS_SOCKETS ? undefined : await makePipes(3);
  // From here to the listeners on its end nothing may wait.
  const group = start(options, pipes);
  if (group.leader.pid !== undefined) options.onSpawn?.(group.leader.pid);
  const [stdout, stderr, events] = group.streams;
  const reading = [read(stdout, options.onStdout), read(stderr, options.onStderr), read(events, options.onEvents)];
  return untilEnd(group, reading, options);
}

interface Group {
  leader: ChildProcess;
  /** stdout, stderr, events. */
  streams: (Readable | Writable | null | undefined)[];
}

function start({ command, args, cwd, env, signal }: GroupCommand, pipes: Pipe[] | undefined): Group {
  try {
    signal.throwIfAborted();
    const leader = spawn('/bin/sh', ['-c', GUARDED, 'sh', command, ...args], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', ...(pipes?.map(({ writing }) => writing) ?? SOCKETS), 'pipe'],
    });
    // The watchdog's line breaks with the group; that is no error of ours.
    leader.stdio[4]?.on('error', () => undefined);
    return { leader, streams: pipes?.map(({ reading }) => reading) ?? leader.stdio.slice(1, 4) };
  } catch (error) {
    for (const { reading } of pipes ?? []) reading.destroy();
    throw error;
  } finally {
    for (const { writing } of pipes ?? []) closeSync(writing);
  }
}

function untilEnd(
  { leader, streams }: Group,
  reading: Promise<void>[],
  { signal, killSignal, killAfterMs, onEnded }: GroupCommand,
): Promise<GroupEnd> {
  let killTimer: NodeJS.Timeout | undefined;
  let signalled = false;
  let told = false;
  const ended = () => {
    if (!told) onEnded?.(signalled);
    told = true;
  };
  const kill = () => killGroup(leader, 'SIGKILL');
  const abort = () => {
    // A worker that was frozen or busy learns of both at once: of the exit, which came first, and of what it is to end for.
    if (hasExited(leader)) return ended();
    signalled = true;
    killGroup(leader, 'SIGTERM');
    killTimer = setTimeout(kill, killAfterMs());
  };
  const letGo = () => {
    for (const stream of [...streams, ...leader.stdio]) stream?.destroy();
  };
  signal.addEventListener('abort', abort, { once: true });
  killSignal?.addEventListener('abort', kill, { once: true });
  const settle = () => {
    signal.removeEventListener('abort', abort);
    killSignal?.removeEventListener('abort', kill);
    clearTimeout(killTimer);
  };

  return new Promise((resolve, reject) => {
    leader.once('error', (error) => {
      settle();
      letGo();
      reject(error);
    });
    leader.once('exit', async (exitCode, killedBy) => {
      ended();
      settle();
      kill();
      const drainTimer = setTimeout(letGo, DRAIN_MS);
      await Promise.all(reading);
      clearTimeout(drainTimer);
      letGo();
      resolve({ exitCode, killedBy, signalled });
    });
  });
}

/** Also when Node has not told of it yet. */
const hasExited = ({ exitCode, signalCode, pid }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null || (pid !== undefined && startOf(pid) === undefined);

/** Passes on what comes, until the stream has ended or is let go. A process that did not start has no stream. */
function read(stream: Group['streams'][number], onText: (text: string) => void): Promise<void> {
  if (!stream || !('setEncoding' in stream)) return Promise.resolve();
  stream.setEncoding('utf8').on('data', onText);
  return new Promise((resolve) => stream.once('close', resolve));
}

function killGroup(leader: ChildProcess, signal: NodeJS.Signals): void {
  if (leader.pid === undefined) return;
  try {
    process.kill(-leader.pid, signal);
  } catch (error) {
    // Nobody is left in the group.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
