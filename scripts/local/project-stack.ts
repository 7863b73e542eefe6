import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claim, readClaim } from './claim.mjs';
import { STATE_DIR } from './project.ts';
import { type Stack, type StackInfo, type StackOptions, startStack } from './stack.ts';

export interface ProjectStackOptions extends StackOptions {
  /** False for a stack that lives only as long as one command: others must not build on it. */
  lasting: boolean;
}

interface Note {
  lasting: boolean;
}

/** The stack of this checkout runs already. */
export class AlreadyRunningError extends Error {
  override readonly name = 'AlreadyRunningError';
  readonly pid: number;

  constructor(pid: number, info: StackInfo | undefined) {
    super(`the stack of this checkout ${info ? `runs already at ${info.url}` : 'is already starting'} (pid ${pid})`);
    this.pid = pid;
  }
}

const LOCK = join(STATE_DIR, 'stack.lock');
const INFO = join(STATE_DIR, 'local.json');
export const DEFAULT_DATA_DIR = join(STATE_DIR, 'data');
export const PREFERRED_PORTS = { edge: 8787, temporal: 17233, temporalUi: 18233 };

function writeInfo({ url, api_key, temporal, pids }: StackInfo): void {
  writeFileSync(`${INFO}.draft`, `${JSON.stringify({ url, api_key, temporal, pids }, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${INFO}.draft`, INFO);
}

const readInfo = (): StackInfo | undefined =>
  existsSync(INFO) ? (JSON.parse(readFileSync(INFO, 'utf8')) as StackInfo) : undefined;

/** Starts the one stack of this checkout, which `.wf/local.json` describes while it runs. Throws AlreadyRunningError. */
export async function startProjectStack(options: ProjectStackOptions): Promise<Stack> {
  mkdirSync(STATE_DIR, { recursive: true });
  const claimed = claim<Note>(LOCK, { lasting: options.lasting });
  if (!claimed.held) throw new AlreadyRunningError(claimed.holder.pid, readInfo());
  const leave = () => {
    rmSync(INFO, { force: true });
    claimed.release();
  };
  // Of a stack that was killed: nobody must take it for this one.
  rmSync(INFO, { force: true });
  try {
    const stack = await startStack({ ...options, onChange: writeInfo });
    writeInfo(stack);
    return {
      ...stack,
      get pids() {
        return stack.pids;
      },
      async stop(how) {
        await stack.stop(how);
        leave();
      },
    };
  } catch (error) {
    leave();
    throw error;
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

export interface Connected extends StackInfo {
  /** What happens to it at `stop`: it runs on, its state is kept for the next `npm start`, or it is gone. */
  afterwards: 'runs' | 'kept' | 'gone';
  /** Stops it if this command started it. */
  stop(options?: { force?: boolean }): Promise<void>;
}

/**
 * The stack that `npm start` runs, once it is healthy; else one that lives until `stop`. A stack that another command
 * started for itself is left alone: then this one gets an ephemeral stack of its own.
 */
export async function connectOrStart(options: Pick<StackOptions, 'say' | 'signal'> = {}): Promise<Connected> {
  const { say, signal } = options;
  for (let waited = 0; ; waited += 200) {
    signal?.throwIfAborted();
    const holder = readClaim<Note>(LOCK);
    if (!holder) {
      try {
        const stack = await startProjectStack({
          lasting: false,
          dataDir: DEFAULT_DATA_DIR,
          ports: PREFERRED_PORTS,
          say,
          signal,
        });
        return connected(stack, 'kept');
      } catch (error) {
        // Another command was faster.
        if (error instanceof AlreadyRunningError) continue;
        throw error;
      }
    }
    if (!holder.lasting) return connected(await startStack({ say, signal }), 'gone');
    const info = readInfo();
    if (info && (await isHealthy(info.url))) {
      say?.(`using the stack at ${info.url} (pid ${holder.pid})`);
      return { ...info, afterwards: 'runs', stop: async () => undefined };
    }
    if (waited % 4_000 === 0) say?.(`waiting for the stack that process ${holder.pid} is starting`);
    await sleep(200);
  }
}

const connected = (stack: Stack, afterwards: Connected['afterwards']): Connected => ({
  url: stack.url,
  api_key: stack.api_key,
  temporal: stack.temporal,
  get pids() {
    return stack.pids;
  },
  afterwards,
  stop: stack.stop,
});
