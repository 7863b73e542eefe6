import { once } from 'node:events';
import { type Crash, type Part, type PartOptions, startPart } from './part.ts';
import { sayWhileWaiting } from './say-while-waiting.ts';

export interface LauncherOptions {
  say: (text: string) => void;
  /** Ends the wait for a part that is starting. */
  signal: AbortSignal;
  logFile: (part: string) => string;
  /** Told when a part is ready again after a crash. */
  onBack: (part: Part) => void;
  /** Told whenever a process started or ended. */
  onProcess: () => void;
}

const READY_MS = 60_000;

/** Of crashes in a row the log is shown for the second one and then for every so many: they may go on for hours. */
const SHOW_LOG_EVERY = 20;

function crashText(name: string, { how, count, restartInMs, tail }: Crash): string {
  if (restartInMs === 0) return `${name} ${how}: restarting it`;
  const log = count % SHOW_LOG_EVERY === 2 ? `, its log ends:\n${tail}` : '';
  return `${name} ${how}: restarting it in ${restartInMs} ms (crash ${count} in a row)${log}`;
}

/** Starts a part, adds it to `parts` and resolves once it is ready; from then on it is kept running. */
export function createLauncher(parts: Part[], { say, signal, logFile, onBack, onProcess }: LauncherOptions) {
  return async (options: Pick<PartOptions, 'name' | 'module' | 'args' | 'env' | 'graceMs'>): Promise<Part> => {
    signal.throwIfAborted();
    const { name } = options;
    let wasReady = false;
    const part: Part = startPart({
      ...options,
      logFile: logFile(name),
      readyMs: READY_MS,
      onReady: () => {
        if (wasReady) onBack(part);
        wasReady = true;
      },
      onCrash: (crash) => say(crashText(name, crash)),
      onProcess,
    });
    parts.push(part);
    const begun = Promise.race([part.ready, once(signal, 'abort')]);
    await sayWhileWaiting(begun, (seconds) => say(`waiting for the ${name} … ${seconds} s`));
    signal.throwIfAborted();
    return part;
  };
}
