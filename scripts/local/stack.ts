import { bringUp } from './bring-up.ts';
import { type DataDir, openDataDir } from './data-dir.ts';
import type { Part } from './part.ts';
import { sayWhileWaiting } from './say-while-waiting.ts';

export interface StackOptions {
  /** Where everything is kept. Default: an ephemeral folder, deleted at the end. */
  dataDir?: string;
  /** The folder that relative paths in configs mean, absolute. Default: this checkout. */
  projectDir?: string;
  /** Preferred ports; a taken one is replaced. Default 0: the system chooses. */
  ports?: Partial<StackPorts>;
  /** Told of each thing that happens, one line each. Default: silent. */
  say?: (text: string) => void;
  /** Told whenever a process started or ended, once the stack is up. */
  onChange?: (stack: Stack) => void;
  /** Ends a start that is under way; the promise then rejects, with everything stopped. */
  signal?: AbortSignal;
  /** More environment for the worker (`WF_CAPACITY` …). */
  workerEnv?: Readonly<Record<string, string>>;
  modules?: Partial<StackModules>;
}

export interface StackPorts {
  edge: number;
  temporal: number;
  temporalUi: number;
}

/** The programs of the parts, by path. Others than the default ones get neither the edge's bundle nor Temporal's CLI. */
export interface StackModules {
  edge: string;
  temporal: string;
  worker: string;
}

/** What a client needs to know of a running stack: the content of `.wf/local.json`. */
export interface StackInfo {
  url: string;
  api_key: string;
  /** `ui` is null for a server of the user's own (TEMPORAL_ADDRESS) without WF_TEMPORAL_UI. */
  temporal: { address: string; namespace: string; ui: string | null };
  /** Null: not running right now, or not ours (a Temporal server of the user's own). */
  pids: { edge: number | null; worker: number | null; temporal: number | null };
}

export interface Stack extends StackInfo {
  dataDir: string;
  /** Which Temporal it is and where it came from, as users are told. */
  engine: string;
  /** Stops what this stack started and nothing else, within 15 s; `force` does not wait for anything. Safe to repeat. */
  stop(options?: { force?: boolean }): Promise<void>;
}

/** Starts Temporal, the edge and a worker, and resolves once work can be done. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const say = options.say ?? (() => undefined);
  const data = await openDataDir({ path: options.dataDir, say });
  const parts: Part[] = [];
  let stopped: Promise<void> | undefined;
  const stop = ({ force = false } = {}) => {
    if (force) return stopParts(parts, data, { force, say });
    stopped ??= stopParts(parts, data, { force, say });
    return stopped;
  };
  const cancelled = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, cancelled.signal]) : cancelled.signal;
  try {
    return await bringUp({ ...options, say, signal }, { data, parts, stop });
  } catch (error) {
    // One part failed: what the others still do (builds, downloads) ends too.
    cancelled.abort();
    await stop();
    throw error;
  }
}

/** The worker goes first: it still tells the edge and Temporal how its steps ended. */
async function stopParts(
  parts: readonly Part[],
  data: DataDir,
  { force, say }: { force: boolean; say: (text: string) => void },
): Promise<void> {
  let ending: readonly Part[] = [];
  const stop = async (some: readonly Part[]) => {
    ending = some;
    await Promise.all(some.map((part) => part.stop({ force })));
  };
  const inOrder = async () => {
    await stop(parts.filter(({ name }) => force || name === 'worker'));
    await stop(parts);
  };
  await sayWhileWaiting(inOrder(), (seconds) => {
    const left = ending.filter((part) => part.processes().length > 0).map(({ name }) => name);
    say(`waiting for ${left.join(' and ')} to end … ${seconds} s`);
  });
  data.close();
}
