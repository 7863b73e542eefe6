import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** A started command: its output can be awaited while it runs, and it does not outlive the test (or what `whenDone` waits for). */
export interface Child {
  pid: number;
  /** All of stdout and stderr so far. */
  output(): string;
  stdout(): string;
  /** Resolves once the output contains `text`; rejects when it ends without. */
  says(text: string): Promise<void>;
  /** Resolves to its exit code, or the signal that ended it. */
  exit: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
}

export interface ChildOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  whenDone?: (cleanUp: () => void) => void;
}

export function startChild(
  file: string,
  args: readonly string[],
  { whenDone = onTestFinished, ...options }: ChildOptions = {},
): Child {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} does not start`);
  let output = '';
  let stdout = '';
  let ended = false;
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    output += chunk;
    tell();
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
    tell();
  });
  const exit = once(child, 'close').then(([code, signal]) => {
    ended = true;
    tell();
    return code ?? signal;
  });
  whenDone(() => {
    if (!ended) child.kill('SIGKILL');
  });
  return {
    pid,
    output: () => output,
    stdout: () => stdout,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!output.includes(text) && !ended) return;
          listeners.delete(look);
          if (output.includes(text)) resolve();
          else reject(new Error(`ended without saying "${text}":\n${output}`));
        };
        listeners.add(look);
        look();
      }),
    exit,
    kill: (signal) => child.kill(signal),
  };
}
