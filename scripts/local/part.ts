import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPartMessage } from './part-messages.ts';
import { describeEnd, type ProcessEnd } from './process-end.ts';
import { identify, isRunning, type ProcessIdentity, signal, signalGroup } from './process-identity.mjs';

/** One process of the stack: a Node module that reports over IPC (see PartMessage) and is kept running. */
export interface PartOptions {
  name: string;
  module: string;
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** stdout and stderr are appended here. */
  logFile: string;
  /** After SIGTERM, until it is killed. */
  graceMs: number;
  /** From start to `ready`; past it the start counts as a crash. */
  readyMs: number;
  /** A part that was ready and ran this long has recovered: its next crash counts as the first. Default 10 s. */
  stableMs?: number;
  /** Called on every `ready`, also after a restart. */
  onReady: () => void;
  onCrash: (crash: Crash) => void;
  /** Called when a process of this part started or ended. */
  onProcess: () => void;
}

export interface Crash {
  /** `ended unexpectedly (exit code 1)`, `was killed (SIGKILL)`. */
  how: string;
  /** Crashes in a row, without a stable while between. */
  count: number;
  restartInMs: number;
  /** Last lines of the log. */
  tail: string;
}

export interface Part {
  readonly name: string;
  /** Resolves at the first `ready`; rejects when the part never gets there, or is stopped before. */
  readonly ready: Promise<void>;
  /** The process that serves: the native one where there is one. Undefined while that does not run. */
  pid(): number | undefined;
  /** Every process that runs for this part. */
  processes(): ProcessIdentity[];
  /** Ends it and everything in its process group. `force` skips the grace. */
  stop(options?: { force?: boolean }): Promise<void>;
}

const STABLE_MS = 10_000;
/** Under a second: whoever waits for the part is not to wait long for it once its cause is gone. */
const BACKOFF_MS = [0, 250, 500, 750];
/** Starts that may fail in a row before the part is given up at its first start. */
const FIRST_STARTS = 3;
const TAIL_LINES = 15;

const tailOf = (file: string): string => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');

export function startPart(options: PartOptions): Part {
  const {
    name,
    module,
    args = [],
    env,
    logFile,
    graceMs,
    readyMs,
    stableMs = STABLE_MS,
    onReady,
    onCrash,
    onProcess,
  } = options;
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  // A caller that stops the stack before it looks at `ready` has not forgotten to handle it.
  ready.catch(() => undefined);
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  let host: ProcessIdentity | undefined;
  let native: ProcessIdentity | undefined;
  let wasReady = false;
  /** Known from its first start on: then its host alone does not count as the part. */
  let servesNatively = false;

  /** Runs the process once, to its end. Resolves to how it ended. */
  async function runOnce(): Promise<string> {
    const log = openSync(logFile, 'a');
    // detached: a process group of its own, which the terminal's Ctrl-C does not reach and one signal ends as a whole.
    const current = fork(module, args, { env, stdio: ['ignore', log, log, 'ipc'], detached: true, execArgv: [] });
    closeSync(log);
    child = current;
    host = current.pid === undefined ? undefined : identify(current.pid);
    onProcess();
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      if (current.pid !== undefined) signalGroup(current.pid, 'SIGKILL');
    }, readyMs);
    current.on('message', (message) => {
      if (!isPartMessage(message)) return;
      if (message.type === 'native') {
        servesNatively = true;
        native = identify(message.pid);
        onProcess();
      } else {
        clearTimeout(late);
        wasReady = true;
        resolve();
        onReady();
      }
    });
    const [code, by] = (await once(current, 'exit')) as [ProcessEnd['code'], ProcessEnd['signal']];
    clearTimeout(late);
    await endLeftovers(current.pid);
    child = undefined;
    host = undefined;
    native = undefined;
    onProcess();
    return isLate ? `was not ready within ${readyMs / 1_000} s` : describeEnd({ code, signal: by });
  }

  /** A host that was killed leaves its native process behind, with the port and the database that the next one needs. */
  async function endLeftovers(leader: number | undefined): Promise<void> {
    if (leader !== undefined) signalGroup(leader, 'SIGKILL');
    if (native) signal(native, 'SIGKILL');
    while (native && isRunning(native)) await sleep(10);
  }

  async function keepRunning(): Promise<void> {
    let count = 0;
    while (!stopping.signal.aborted) {
      const started = Date.now();
      const how = await runOnce();
      if (stopping.signal.aborted) return;
      count = wasReady && Date.now() - started > stableMs ? 1 : count + 1;
      const tail = tailOf(logFile);
      if (!wasReady && count === FIRST_STARTS)
        throw new Error(`${name} does not start: it ${how}; the end of ${logFile}:\n${tail}`);
      const restartInMs = BACKOFF_MS[Math.min(count, BACKOFF_MS.length) - 1] ?? 0;
      onCrash({ how, count, restartInMs, tail });
      await sleep(restartInMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  // Begins in the next microtask: the callbacks may use the Part that this call returns.
  const ended = Promise.resolve().then(keepRunning).catch(reject);

  return {
    name,
    ready,
    pid: () => (servesNatively ? native : host)?.pid,
    processes: () => [host, native].filter((process) => process !== undefined),
    async stop({ force = false } = {}) {
      stopping.abort();
      const leader = child?.pid;
      if (leader !== undefined) {
        if (force) signalGroup(leader, 'SIGKILL');
        else child?.kill('SIGTERM');
      }
      const late = setTimeout(() => leader !== undefined && signalGroup(leader, 'SIGKILL'), graceMs);
      await ended;
      clearTimeout(late);
      reject(new Error(`${name} was stopped`));
    },
  };
}
