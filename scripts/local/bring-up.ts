import { join } from 'node:path';
import type { DataDir } from './data-dir.ts';
import { edgeBundle } from './edge-bundle.ts';
import type { EdgeHostConfig } from './edge-host.ts';
import { createPortChooser, LOOPBACK } from './free-port.ts';
import { createLauncher } from './launcher.ts';
import { ensureLocalKeys } from './local-keys.ts';
import type { Part } from './part.ts';
import { ROOT } from './project.ts';
import { sayWhileWaiting } from './say-while-waiting.ts';
import type { Stack, StackModules, StackOptions } from './stack.ts';
import { findTemporal } from './temporal/find-temporal.ts';
import { type TemporalPlace, temporalPlace } from './temporal/temporal-place.ts';
import { waitForTemporal } from './temporal/wait-for-temporal.ts';
import type { TemporalHostConfig } from './temporal-host.ts';

const DEFAULT_MODULES: StackModules = {
  edge: join(ROOT, 'scripts/local/edge-host.ts'),
  temporal: join(ROOT, 'scripts/local/temporal-host.ts'),
  worker: join(ROOT, 'worker-node/main.ts'),
};
/** The worker gives its running steps 9 s to end; hosts end their native process within 4 s. Together under 15 s. */
const WORKER_GRACE_MS = 9_500;
const HOST_GRACE_MS = 4_500;
const FOREIGN_TEMPORAL_MS = 30_000;

interface Started {
  data: DataDir;
  /** Filled as the parts are started, so that a start that fails can stop them. */
  parts: Part[];
  stop: Stack['stop'];
}

/** Temporal and the edge side by side, then the worker, which needs both. */
export async function bringUp(
  options: StackOptions & Required<Pick<StackOptions, 'say' | 'signal'>>,
  { data, parts, stop }: Started,
): Promise<Stack> {
  const { say, signal, onChange, ports = {}, projectDir = ROOT, workerEnv } = options;
  const modules = { ...DEFAULT_MODULES, ...options.modules };
  const keys = ensureLocalKeys(data.path);
  const choosePort = createPortChooser(say);
  const port = await choosePort('the API', ports.edge);
  const temporal = await temporalPlace(ports, choosePort);
  const url = `http://${LOOPBACK}:${port}`;
  let stack: Stack | undefined;
  let engine = '';
  const launch = createLauncher(parts, {
    say,
    signal,
    logFile: data.logFile,
    onBack: (part) => say(`${part.name} is back (pid ${part.pid()})`),
    onProcess: () => {
      data.recordProcesses(parts.flatMap((part) => part.processes()));
      if (stack) onChange?.(stack);
    },
  });

  async function startTemporal({ own, address, namespace }: TemporalPlace): Promise<Part | undefined> {
    if (!own) {
      const patience = AbortSignal.any([signal, AbortSignal.timeout(FOREIGN_TEMPORAL_MS)]);
      const version = await sayWhileWaiting(waitForTemporal({ address, namespace }, patience), (seconds) =>
        say(`waiting for Temporal at ${address} (TEMPORAL_ADDRESS) … ${seconds} s`),
      );
      engine = `server ${version}, TEMPORAL_ADDRESS`;
      say(`using Temporal at ${address}: ${engine}`);
      return undefined;
    }
    const cli = modules.temporal === DEFAULT_MODULES.temporal ? await findTemporal({ say, signal }) : undefined;
    const config: TemporalHostConfig = {
      ...own,
      binary: cli?.binary ?? '',
      dataDir: data.path,
      namespace,
    };
    const args = [JSON.stringify(config)];
    const part = await launch({ name: 'temporal', module: modules.temporal, args, graceMs: HOST_GRACE_MS });
    engine = cli?.origin ?? modules.temporal;
    say(`Temporal serves at ${address}: ${engine}`);
    return part;
  }

  async function startEdge({ ui, namespace }: TemporalPlace): Promise<Part> {
    const page = ui && { EXECUTION_URL_TEMPLATE: `${ui}/namespaces/${namespace}/workflows/{workflow_id}` };
    const config: EdgeHostConfig = {
      port,
      bundle: modules.edge === DEFAULT_MODULES.edge ? await edgeBundle({ say, signal }) : '',
      dataDir: data.path,
      bindings: { ...page },
    };
    const args = [JSON.stringify(config)];
    const part = await launch({ name: 'edge', module: modules.edge, args, graceMs: HOST_GRACE_MS });
    say(`the API serves at ${url}`);
    return part;
  }

  async function startWorker({ address, namespace, ui }: TemporalPlace): Promise<Part> {
    const env = {
      ...process.env,
      ...workerEnv,
      WF_EDGE_URL: url,
      WF_WORKER_KEY: keys.worker.key,
      WF_POOL: 'default',
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      WF_TEMPORAL_UI: ui ?? '',
      WF_DATA_DIR: data.path,
      WF_PROJECT_DIR: projectDir,
    };
    const part = await launch({ name: 'worker', module: modules.worker, env, graceMs: WORKER_GRACE_MS });
    say('the worker is connected, its plugins are announced');
    return part;
  }

  const [temporalPart, edgePart] = await Promise.all([startTemporal(temporal), startEdge(temporal)]);
  const workerPart = await startWorker(temporal);
  stack = {
    url,
    api_key: keys.user.key,
    temporal: { address: temporal.address, namespace: temporal.namespace, ui: temporal.ui },
    get pids() {
      return { edge: edgePart.pid() ?? null, worker: workerPart.pid() ?? null, temporal: temporalPart?.pid() ?? null };
    },
    dataDir: data.path,
    engine,
    stop,
  };
  return stack;
}
