import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tellSupervisor } from './part-messages.ts';
import { exitCodeAfter } from './process-end.ts';

/** How long a native process may take to end by itself after SIGTERM. */
const GRACE_MS = 4_000;

/**
 * Ties this process to a native one: it ends as soon as the native one does, and takes it along when it is asked to
 * stop or its supervisor is gone. `stop` ends the native process gently.
 */
export function tieToNative(native: ChildProcess, stop: () => void): void {
  let stopping = false;
  const end = () => {
    if (stopping) return;
    stopping = true;
    stop();
    setTimeout(() => native.kill('SIGKILL'), GRACE_MS).unref();
  };
  native.once('exit', (code, signal) => {
    if (!stopping) process.stderr.write(`${native.spawnfile} ended with ${signal ?? `exit code ${code}`}\n`);
    process.exit(stopping ? 0 : exitCodeAfter({ code, signal }));
  });
  process.once('disconnect', end);
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  if (native.pid !== undefined) tellSupervisor({ type: 'native', pid: native.pid });
}

/** Starts a native process whose output goes to this process's own, and ties this process to it. */
export async function hostNative(file: string, args: readonly string[], { cwd }: { cwd?: string } = {}): Promise<void> {
  const native = spawn(file, args, { ...(cwd !== undefined && { cwd }), stdio: ['ignore', 'inherit', 'inherit'] });
  await once(native, 'spawn');
  tieToNative(native, () => native.kill('SIGTERM'));
}
