import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claim, readClaim } from './claim.mjs';
import { logsFolder } from './data-dir.ts';
import { isHealthy } from './health.ts';
import type { ProcessIdentity } from './process-identity.mjs';
import { ROOT, STATE_DIR } from './project.ts';
import { type Stack, type StackInfo, type StackOptions, startStack } from './stack.ts';

export interface ProjectStackOptions extends StackOptions {
  /** False for a stack that lives only as long as one command: others must not build on it. */
  lasting: boolean;
}

/** What others are told of the process that runs, or is starting, the stack of this checkout. */
interface Note {
  lasting: boolean;
  /** When it began, ISO-8601 UTC. */
  since: string;
  /** Where it keeps its state; null for an ephemeral one that is still starting. */
  dataDir: string | null;
  /** The folder that its worker takes scripts and files from. */
  projectDir: string;
  /** Which Temporal it is; absent while it is starting. */
  engine?: string;
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
/** What a client needs to know of the stack that runs: a StackInfo. */
export const LOCAL_JSON = join(STATE_DIR, 'local.json');
/** A first start may build Temporal's server, which takes minutes. */
const PATIENCE_MS = 600_000;
const LOOK_MS = 200;
/** A look may take 2 s, and nothing stays silent for more than 5 s. */
const SAY_MS = 2_500;
export const DEFAULT_DATA_DIR = join(STATE_DIR, 'data');
export const PREFERRED_PORTS = { edge: 8787, temporal: 17233, temporalUi: 18233 };

function writeInfo({ url, api_key, temporal, pids }: StackInfo): void {
  writeFileSync(`${LOCAL_JSON}.draft`, `${JSON.stringify({ url, api_key, temporal, pids }, null, 2)}\n`, {
    mode: 0o600,
  });
  renameSync(`${LOCAL_JSON}.draft`, LOCAL_JSON);
}

const readInfo = (): StackInfo | undefined =>
  existsSync(LOCAL_JSON) ? (JSON.parse(readFileSync(LOCAL_JSON, 'utf8')) as StackInfo) : undefined;

/** Starts the one stack of this checkout, which `.wf/local.json` describes while it runs. Throws AlreadyRunningError. */
export async function startProjectStack(options: ProjectStackOptions): Promise<Stack> {
  mkdirSync(STATE_DIR, { recursive: true });
  const { lasting, dataDir = null, projectDir = ROOT } = options;
  const note: Note = { lasting, since: new Date().toISOString(), dataDir, projectDir };
  const claimed = claim<Note>(LOCK, note);
  if (!claimed.held) throw new AlreadyRunningError(claimed.holder.pid, readInfo());
  const leave = () => {
    rmSync(LOCAL_JSON, { force: true });
    claimed.release();
  };
  // Of a stack that was killed: nobody must take it for this one.
  rmSync(LOCAL_JSON, { force: true });
  try {
    const stack = await startStack({ ...options, onChange: writeInfo });
    claimed.note({ ...note, dataDir: stack.dataDir, engine: stack.engine });
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

export interface Connected extends StackInfo {
  /** What happens to it at `stop`: it runs on, its state is kept for the next `npm start`, or it is gone. */
  afterwards: 'runs' | 'kept' | 'gone';
  /** Where it keeps its state; null when that is not known. */
  dataDir: string | null;
  /** Stops it if this command started it. */
  stop(options?: { force?: boolean }): Promise<void>;
}

export interface ConnectOptions extends Pick<StackOptions, 'say' | 'signal'> {
  /** How long a stack that another process is starting may take. Default 10 min. */
  patienceMs?: number;
}

/**
 * The stack that `npm start` runs, once it is healthy; else one that lives until `stop`. A stack that another command
 * started for itself, or whose worker works in another folder, is left alone: then this one gets an ephemeral stack of its own.
 */
export async function connectOrStart(options: ConnectOptions = {}): Promise<Connected> {
  const { say, signal, patienceMs = PATIENCE_MS } = options;
  const begun = Date.now();
  let said = Number.NEGATIVE_INFINITY;
  for (;;) {
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
    if (!holder.lasting || holder.projectDir !== ROOT) {
      const what = holder.lasting ? `works in ${holder.projectDir}` : 'has the stack of this checkout for itself';
      say?.(`process ${holder.pid} ${what}: starting a stack in memory, for this command alone`);
      return connected(await startStack({ say, signal }), 'gone');
    }
    const info = readInfo();
    if (info && (await isHealthy(info.url))) {
      const engine = holder.engine === undefined ? '' : `, with Temporal ${holder.engine}`;
      say?.(`using the stack at ${info.url} (pid ${holder.pid})${engine}`);
      return { ...info, afterwards: 'runs', dataDir: holder.dataDir, stop: async () => undefined };
    }
    const now = Date.now();
    if (now - begun >= patienceMs) throw notServing(holder, now - begun);
    if (now - said >= SAY_MS) {
      said = now;
      say?.(`waiting for the stack that process ${holder.pid} is starting`);
    }
    await sleep(LOOK_MS);
  }
}

const notServing = ({ pid, since, dataDir }: ProcessIdentity & Note, waitedMs: number): Error =>
  new Error(
    `the stack of this checkout, which process ${pid} runs since ${since}, does not serve after ${Math.round(waitedMs / 1_000)} s of waiting. Its logs are in ${logsFolder(dataDir ?? undefined)}; end that process and try again.`,
  );

const connected = (stack: Stack, afterwards: Connected['afterwards']): Connected => ({
  url: stack.url,
  api_key: stack.api_key,
  temporal: stack.temporal,
  get pids() {
    return stack.pids;
  },
  afterwards,
  dataDir: stack.dataDir,
  stop: stack.stop,
});
