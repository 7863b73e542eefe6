import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { startOf } from '../../artifacts/process-start.mjs';

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
  /** The leader has ended by itself: no signal was sent before. Called once, possibly a moment before its exit is known. */
  onEnded?(): void;
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
 * from a subshell of its own so that the command never sees a child that it did not start.
 */
const GUARDED = '( ( trap "" HUP INT TERM; read -r _ <&4; kill -KILL 0 ) >/dev/null 2>&1 3>&- & ); exec "$@" 4<&-';

/** How long the pipes of a dead group may stay open: a process that left the group can hold them for ever. */
const DRAIN_MS = 1_000;

/**
 * Runs a command as the leader of a process group, and ends with it everything that it started: on abort, when the
 * leader exits and leaves children behind, and when the worker dies. Resolves once the leader has exited and its
 * output is read; rejects when it cannot be started.
 */
export function runGroup(options: GroupCommand): Promise<GroupEnd> {
  const { command, args, cwd, env, signal } = options;
  signal.throwIfAborted();
  const leader = spawn('/bin/sh', ['-c', GUARDED, 'sh', command, ...args], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  // Without a process there may be no pipes either: then only `error` comes.
  if (leader.pid !== undefined) {
    options.onSpawn?.(leader.pid);
    read(leader.stdout, options.onStdout);
    read(leader.stderr, options.onStderr);
    read(leader.stdio[3], options.onEvents);
    // The watchdog's line breaks with the group; that is no error of ours.
    leader.stdio[4]?.on('error', () => undefined);
  }

  let killTimer: NodeJS.Timeout | undefined;
  let signalled = false;
  let told = false;
  const ended = () => {
    if (!told && !signalled) options.onEnded?.();
    told = true;
  };
  const kill = () => killGroup(leader, 'SIGKILL');
  const abort = () => {
    // A worker that was frozen or busy learns of both at once: of the exit, which came first, and of what it is to end for.
    if (hasExited(leader)) return ended();
    signalled = true;
    killGroup(leader, 'SIGTERM');
    killTimer = setTimeout(kill, options.killAfterMs());
  };
  signal.addEventListener('abort', abort, { once: true });
  options.killSignal?.addEventListener('abort', kill, { once: true });

  return new Promise((resolve, reject) => {
    let drainTimer: NodeJS.Timeout | undefined;
    leader.once('error', reject);
    leader.once('exit', () => {
      ended();
      signal.removeEventListener('abort', abort);
      options.killSignal?.removeEventListener('abort', kill);
      clearTimeout(killTimer);
      kill();
      drainTimer = setTimeout(() => {
        for (const stream of leader.stdio) stream?.destroy();
      }, DRAIN_MS);
    });
    leader.once('close', (exitCode, killedBy) => {
      clearTimeout(drainTimer);
      resolve({ exitCode, killedBy, signalled });
    });
  });
}

/** Also when Node has not told of it yet. */
const hasExited = ({ exitCode, signalCode, pid }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null || (pid !== undefined && startOf(pid) === undefined);

function read(stream: Readable | Writable | null | undefined, onText: (text: string) => void): void {
  if (!stream || !('setEncoding' in stream)) throw new Error('the process has no pipe to read from');
  stream.setEncoding('utf8').on('data', onText);
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
