import { spawn } from 'node:child_process';
import { signalGroup } from './process-identity.mjs';
import { sayWhileWaiting } from './say-while-waiting.ts';

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Ends the command and everything that it started. */
  signal?: AbortSignal;
  /** Called every 4 s with the seconds so far, so that nothing long stays silent. */
  onWait?: (seconds: number) => void;
}

export interface CommandResult {
  /** Null when a signal ended it. */
  code: number | null;
  /** What it wrote to stdout and stderr, in order. */
  output: string;
}

/**
 * Runs a command to its end, in a process group of its own: the terminal's Ctrl-C does not reach it, `signal` does.
 * Rejects when it cannot be started or was aborted; an exit code other than 0 is a result.
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { cwd, env, signal, onWait } = options;
  signal?.throwIfAborted();
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const abort = () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  try {
    let output = '';
    const collect = (text: string) => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const code = await sayWhileWaiting(ended, (seconds) => onWait?.(seconds));
    signal?.throwIfAborted();
    return { code, output };
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
