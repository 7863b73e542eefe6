import { join } from 'node:path';
import { type Artifact, type OperationContext, PluginError } from '../define-plugin.ts';
import { createUsageReport } from '../usage-report.ts';
import type { Bindings } from './answering/bindings.ts';
import type { OutputFormat, QueryAnswer, QueryRequest } from './protocol.ts';
import type { RunQuery } from './query-process.ts';
import { type Inputs, resolveInputs } from './reading/inputs.ts';

interface Query {
  sql: string;
  inputs: Inputs | undefined;
  bindings: Bindings | undefined;
}

/** Runs a query and stores its rows as the artifact `name`. */
export async function storeRows(
  ctx: OperationContext<unknown>,
  runQuery: RunQuery,
  { name, format, ...query }: Query & { name: string; format: OutputFormat },
): Promise<QueryAnswer & { artifact: Artifact }> {
  const file = join(await ctx.artifacts.workdir(), 'result');
  const answer = await execute(ctx, runQuery, { ...query, target: { file, format } });
  return { ...answer, artifact: await ctx.artifacts.take(name, file, answer.about) };
}

/** Runs a query for an operation: resolves its inputs, reports progress and usage. */
export async function execute(
  ctx: OperationContext<unknown>,
  runQuery: RunQuery,
  { sql, inputs = {}, bindings = [], target }: Query & { target: QueryRequest['target'] },
): Promise<QueryAnswer> {
  const workdir = await ctx.artifacts.workdir();
  const { files, describePaths } = await resolveInputs(ctx, inputs);
  ctx.progress({ current_operation: 'Running SQL' });
  try {
    const answer = await runQuery(
      { sql, bindings, inputs: files, workdir, target },
      {
        signal: ctx.signal,
        onProgress: (percentage) => ctx.progress(percentage === null ? {} : { percentage }),
        onUsage: createUsageReport(ctx.usage),
      },
    );
    ctx.workEnded();
    for (const { input, count, lines } of answer.skipped) {
      const which = `${lines.join(', ')}${count > lines.length ? ', …' : ''}`;
      ctx.log('WARN', `input "${input}": ${count} bad lines were left out (line ${which})`, { input, count, lines });
    }
    return answer;
  } catch (error) {
    if (error !== ctx.signal.reason) ctx.workEnded();
    if (ctx.signal.aborted || !(error instanceof PluginError)) throw error;
    // Local paths are the worker's business: users know a file by its source.
    const { code, message, retryable, details } = error;
    throw new PluginError(
      { code, message: describePaths(message), retryable, ...(details && { details }) },
      { cause: error },
    );
  }
}
