import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Artifact, type OperationContext, PluginError } from '../define-plugin.ts';
import { type Inputs, resolveInputs } from './inputs.ts';
import type { OutputFormat, ProcessUsage, QueryAnswer, QueryRequest } from './protocol.ts';
import { runInProcess } from './query-process.ts';
import type { DuckDBSettings } from './settings.ts';

interface Query {
  sql: string;
  inputs: Inputs | undefined;
}

/** Runs a query and stores its rows as the artifact `name`. */
export async function storeRows(
  ctx: OperationContext<unknown>,
  settings: DuckDBSettings,
  { name, format, ...query }: Query & { name: string; format: OutputFormat },
): Promise<QueryAnswer & { artifact: Artifact }> {
  const file = join(await ctx.artifacts.workdir(), 'result');
  const answer = await execute(ctx, settings, { ...query, target: { file, format } });
  return { ...answer, artifact: await ctx.artifacts.put(name, file) };
}

/** Runs a query for an operation: resolves its inputs, reports progress and usage. */
export async function execute(
  ctx: OperationContext<unknown>,
  settings: DuckDBSettings,
  { sql, inputs = {}, target }: Query & { target: QueryRequest['target'] },
): Promise<QueryAnswer> {
  const workdir = await ctx.artifacts.workdir();
  const { views, describePaths } = await resolveInputs(ctx, inputs);
  ctx.progress({ current_operation: 'Running SQL' });
  try {
    return await runInProcess(
      { sql, views, workdir, ...settings, target },
      {
        signal: ctx.signal,
        onProgress: (percentage) => ctx.progress(percentage === null ? {} : { percentage }),
        onUsage: usageReporter(ctx),
      },
    );
  } catch (error) {
    if (ctx.signal.aborted || !(error instanceof PluginError)) throw error;
    // Local paths are the worker's business: users know a file by its source.
    const { code, message, retryable, details } = error;
    throw new PluginError(
      { code, message: describePaths(message), retryable, ...(details && { details }) },
      { cause: error },
    );
  }
}

function usageReporter(ctx: OperationContext<unknown>): (usage: ProcessUsage) => void {
  let earlier = { at: performance.now(), cpuSeconds: 0 };
  return ({ cpuSeconds, peakMemoryMb }) => {
    const at = performance.now();
    const available = ((at - earlier.at) / 1_000) * availableParallelism();
    ctx.usage({
      cpu_usage: Math.min(100, ((cpuSeconds - earlier.cpuSeconds) / available) * 100),
      memory_usage: ((peakMemoryMb * 2 ** 20) / totalmem()) * 100,
      cpu_seconds: cpuSeconds,
      peak_memory_mb: peakMemoryMb,
    });
    earlier = { at, cpuSeconds };
  };
}
