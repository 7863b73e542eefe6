import { join } from 'node:path';
import { type DataDir, openDataDir } from './data-dir.ts';
import { edgeBundle } from './edge-bundle.ts';
import type { EdgeHostConfig } from './edge-host.ts';
import { freePort, LOOPBACK } from './free-port.ts';
import { ensureLocalKeys } from './local-keys.ts';
import { type Crash, type Part, type PartOptions, startPart } from './part.ts';
import { ROOT } from './project.ts';
import { findTemporal } from './temporal/find-temporal.ts';
import { waitForTemporal } from './temporal/wait-for-temporal.ts';
import type { TemporalHostConfig } from './temporal-host.ts';

export interface StackOptions {
  /** Where everything is kept. Default: an ephemeral folder, deleted at the end. */
  dataDir?: string;
  /** Preferred ports; a taken one is replaced. Default 0: the system chooses. */
  ports?: Partial<StackPorts>;
  /** Told of each thing that happens, one line each. Default: silent. */
  say?: (text: string) => void;
  /** Told whenever a process was replaced, once the stack is up. */
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
  /** Stops what this stack started and nothing else, within 15 s; `force` does not wait for anything. Safe to repeat. */
  stop(options?: { force?: boolean }): Promise<void>;
}

const DEFAULT_MODULES: StackModules = {
  edge: join(ROOT, 'scripts/local/edge-host.ts'),
  temporal: join(ROOT, 'scripts/local/temporal-host.ts'),
  worker: join(ROOT, 'worker-node/main.ts'),
};
const NAMESPACE = 'default';
/** The worker gives its running steps 9 s to end; hosts end their native process within 4 s. Together under 15 s. */
const WORKER_GRACE_MS = 9_500;
const HOST_GRACE_MS = 4_500;
/** Nothing that takes longer stays silent. */
const WAIT_MS = 4_000;
const READY_MS = 60_000;
const FOREIGN_TEMPORAL_MS = 30_000;

const crashText = (name: string, { how, count, restartInMs, tail }: Crash): string => {
  const again =
    restartInMs === 0
      ? 'restarting it'
      : `restarting it in ${restartInMs} ms (crash ${count} in a row), its log ends:\n${tail}`;
  return `${name} ended unexpectedly (${how}): ${again}`;
};

/** Starts Temporal, the edge and a worker, and resolves once work can be done. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const say = options.say ?? (() => undefined);
  const data = await openDataDir({ path: options.dataDir, say });
  const parts: Part[] = [];
  let stopped: Promise<void> | undefined;
  const stop = ({ force = false } = {}) => {
    if (force) return stopParts(parts, data, true);
    stopped ??= stopParts(parts, data, false);
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
async function stopParts(parts: readonly Part[], data: DataDir, force: boolean): Promise<void> {
  await Promise.all(parts.filter(({ name }) => force || name === 'worker').map((part) => part.stop({ force })));
  await Promise.all(parts.map((part) => part.stop({ force })));
  data.close();
}

interface Started {
  data: DataDir;
  parts: Part[];
  stop: Stack['stop'];
}

async function bringUp(
  options: StackOptions & { say: (text: string) => void; signal: AbortSignal },
  started: Started,
): Promise<Stack> {
  const { say, signal, onChange, ports = {} } = options;
  const { data, parts, stop } = started;
  const modules = { ...DEFAULT_MODULES, ...options.modules };
  const keys = ensureLocalKeys(data.path);
  let up = false;
  const record = () => data.recordProcesses(parts.flatMap((part) => part.processes()));

  /** Starts a part and waits until it is ready; from then on it is kept running. */
  async function run(part: Pick<PartOptions, 'name' | 'module' | 'args' | 'env' | 'graceMs'>): Promise<Part> {
    signal.throwIfAborted();
    const running: Part = startPart({
      ...part,
      logFile: data.logFile(part.name),
      readyMs: READY_MS,
      onReady: () => {
        if (!up) return;
        say(`${part.name} is back (pid ${running.pid()})`);
        onChange?.(stack);
      },
      onCrash: (crash) => say(crashText(part.name, crash)),
      onProcess: record,
    });
    parts.push(running);
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const since = Date.now();
    const wait = setInterval(
      () => say(`waiting for the ${part.name} … ${Math.round((Date.now() - since) / 1_000)} s`),
      WAIT_MS,
    );
    try {
      await Promise.race([running.ready, aborted.promise]);
    } finally {
      clearInterval(wait);
      signal.removeEventListener('abort', abort);
    }
    return running;
  }

  const port = await choosePort('the API', ports.edge, say);
  const temporal = await temporalTarget(ports, say);

  async function startTemporal(): Promise<Part | undefined> {
    if (temporal.foreign) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(FOREIGN_TEMPORAL_MS)]);
      await waitForTemporal(temporal, limit);
      say(`using Temporal at ${temporal.address} (TEMPORAL_ADDRESS)`);
      return undefined;
    }
    const binary = modules.temporal === DEFAULT_MODULES.temporal ? await findTemporal({ say, signal }) : '';
    const config: TemporalHostConfig = {
      binary,
      database: join(data.path, 'temporal.sqlite'),
      port: temporal.port,
      uiPort: temporal.uiPort,
      namespace: NAMESPACE,
    };
    const part = await run({
      name: 'temporal',
      module: modules.temporal,
      args: [JSON.stringify(config)],
      graceMs: HOST_GRACE_MS,
    });
    say(`Temporal serves at ${temporal.address}`);
    return part;
  }

  async function startEdge(): Promise<Part> {
    const config: EdgeHostConfig = {
      port,
      bundle: modules.edge === DEFAULT_MODULES.edge ? await edgeBundle({ say, signal }) : '',
      dataDir: data.path,
      bindings: {
        LOCAL: '1',
        ...(temporal.ui && {
          EXECUTION_URL_TEMPLATE: `${temporal.ui}/namespaces/${NAMESPACE}/workflows/{workflow_id}`,
        }),
      },
    };
    const part = await run({
      name: 'edge',
      module: modules.edge,
      args: [JSON.stringify(config)],
      graceMs: HOST_GRACE_MS,
    });
    say(`the API serves at http://${LOOPBACK}:${port}`);
    return part;
  }

  const [temporalPart, edgePart] = await Promise.all([startTemporal(), startEdge()]);
  const url = `http://${LOOPBACK}:${port}`;
  const workerPart = await run({
    name: 'worker',
    module: modules.worker,
    env: {
      ...process.env,
      ...options.workerEnv,
      WF_EDGE_URL: url,
      WF_WORKER_KEY: keys.worker.key,
      WF_POOL: 'default',
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: NAMESPACE,
      WF_TEMPORAL_UI: temporal.ui ?? '',
      WF_DATA_DIR: data.path,
      WF_PROJECT_DIR: ROOT,
    },
    graceMs: WORKER_GRACE_MS,
  });
  say('the worker is connected, its plugins are announced');

  const stack: Stack = {
    url,
    api_key: keys.user.key,
    temporal: { address: temporal.address, namespace: NAMESPACE, ui: temporal.ui },
    get pids() {
      return { edge: edgePart.pid() ?? null, worker: workerPart.pid() ?? null, temporal: temporalPart?.pid() ?? null };
    },
    dataDir: data.path,
    stop,
  };
  up = true;
  return stack;
}

async function choosePort(what: string, preferred: number | undefined, say: (text: string) => void): Promise<number> {
  const port = await freePort(preferred ?? 0);
  if (preferred && port !== preferred) say(`port ${preferred} for ${what} is taken: using ${port}`);
  return port;
}

interface TemporalPlace {
  /** A server of the user's own: neither started nor stopped here. */
  foreign: boolean;
  address: string;
  namespace: string;
  ui: string | null;
  port: number;
  uiPort: number;
}

async function temporalTarget(ports: Partial<StackPorts>, say: (text: string) => void): Promise<TemporalPlace> {
  const foreign = process.env.TEMPORAL_ADDRESS;
  if (foreign)
    return {
      foreign: true,
      address: foreign,
      namespace: NAMESPACE,
      ui: process.env.WF_TEMPORAL_UI || null,
      port: 0,
      uiPort: 0,
    };
  const port = await choosePort('Temporal', ports.temporal, say);
  const uiPort = await choosePort("Temporal's UI", ports.temporalUi, say);
  return {
    foreign: false,
    address: `${LOOPBACK}:${port}`,
    namespace: NAMESPACE,
    ui: `http://${LOOPBACK}:${uiPort}`,
    port,
    uiPort,
  };
}
