import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StepUsage } from '../../../shared/schemas/execution.ts';
import type { JsonObject, JsonValue } from '../../../shared/schemas/json.ts';
import type { LogLevel } from '../../../shared/schemas/log.ts';
import { createArtifactStore } from '../../../worker-node/artifacts/artifact-store.ts';
import type { LocalOperation, Operation, Plugin, StepArtifacts } from '../../../worker-node/plugins/define-plugin.ts';

export interface Observed {
  logs: { level: LogLevel; message: string; metadata?: JsonObject }[];
  progress: { percentage?: number; current_operation?: string }[];
  usage: Partial<StepUsage>;
}

export interface RunOptions {
  projectDir?: string;
  dataDir?: string;
  signal?: AbortSignal;
  gracePeriodMs?: number;
  killSignal?: AbortSignal;
  try?: number;
  /** Called when the operation says that its work has ended. */
  onWorkEnded?(): void;
  /** Likewise, after it was told to. */
  onWorkStopped?(): void;
  storingSignal?: AbortSignal;
  step?: string;
  artifacts?: StepArtifacts;
  /** Called on every log line. */
  onLog?(message: string): void;
  observed?: Observed;
}

export const newObserved = (): Observed => ({ logs: [], progress: [], usage: {} });

/** Runs an operation as the runner does: config through its schema, then `run`. Artifacts live in a folder that goes away. */
export async function runOperation(
  operation: Operation,
  config: JsonObject,
  options: RunOptions = {},
): Promise<JsonValue> {
  const dir = await mkdtemp(join(tmpdir(), 'wf-test-'));
  const observed = options.observed ?? newObserved();
  const execution = 'exec_test';
  const step = options.step ?? 'step';
  const own = createArtifactStore({ dir }).forTry({ execution, attempt: 1, step, try: options.try ?? 1 });
  try {
    return await asLocal(operation).run({
      config: operation.config.parse(config),
      execution: { id: execution, name: null, attempt: 1, workflow_id: 'wf_test' },
      step: { id: step, try: options.try ?? 1 },
      resources: null,
      signal: options.signal ?? new AbortController().signal,
      gracePeriodMs: options.gracePeriodMs ?? 5_000,
      killSignal: options.killSignal ?? new AbortController().signal,
      log(level, message, metadata) {
        observed.logs.push({ level, message, ...(metadata && { metadata }) });
        options.onLog?.(message);
      },
      progress: (progress) => observed.progress.push(progress),
      usage: (usage) => Object.assign(observed.usage, usage),
      workEnded: () => options.onWorkEnded?.(),
      workStopped: () => options.onWorkStopped?.(),
      storingSignal: options.storingSignal ?? new AbortController().signal,
      artifacts: options.artifacts ?? own,
      projectDir: options.projectDir ?? dir,
      dataDir: options.dataDir ?? join(dir, 'data'),
    });
  } finally {
    await own.dispose();
    await rm(dir, { recursive: true, force: true });
  }
}

/** The operation of a plugin. Throws when there is none of that name. */
export function operationOf({ name: plugin, operations }: Plugin, name: string): Operation {
  const operation = operations[name];
  if (!operation) throw new Error(`${plugin} has no operation ${name}`);
  return operation;
}

function asLocal(operation: Operation): LocalOperation {
  if (!('run' in operation)) throw new Error('the engine performs this operation');
  return operation;
}
