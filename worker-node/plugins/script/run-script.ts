import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepUsage } from '../../../shared/schemas/execution.ts';
import type { JsonValue } from '../../../shared/schemas/json.ts';
import { type OperationContext, PluginError, type PluginErrorShape } from '../define-plugin.ts';
import { resolveSource } from '../source-file.ts';
import { createEventSink } from './event-sink.ts';
import { createLines } from './lines.ts';
import { createOutputLog } from './output-log.ts';
import { type GroupEnd, runGroup } from './process-group.ts';
import type { ScriptOptions } from './script-config.ts';
import { readScriptOutput } from './script-output.ts';
import { meterGroup } from './usage-meter.ts';

/** Characters of one event line; a longer one is cut, and so invalid. */
const MAX_EVENT_LENGTH = 1024 * 1024;
/** Time between SIGKILL and the end of the grace period, for the operation to end itself. */
const KILL_MARGIN_MS = 1_000;

export interface ScriptCommand {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

/**
 * Runs a script by the contract of docs/plugins/scripts.md: JSON in the file WF_INPUT, JSON out of the file WF_OUTPUT,
 * events on descriptor 3, all else that it prints to the log. Throws the abort's reason, or PluginError.
 */
export async function runScript(
  ctx: OperationContext<Pick<ScriptOptions, 'input' | 'files' | 'function'>>,
  { command, args, env }: ScriptCommand,
): Promise<JsonValue> {
  const workdir = await ctx.artifacts.workdir();
  // Beside what the script writes there, and out of its way.
  const control = join(workdir, '.wf');
  const [inputFile, outputFile, temporary] = [
    join(control, 'input.json'),
    join(control, 'output.json'),
    join(control, 'tmp'),
  ];
  await mkdir(temporary, { recursive: true });
  await writeFile(inputFile, toInputJson(await scriptInput(ctx, workdir)));

  const output = createOutputLog(ctx);
  const report = peakKeeping(ctx.usage);
  const events = createEventSink(ctx, workdir, report);
  const eventLines = createLines(MAX_EVENT_LENGTH, events.line);
  let stopMeter: (() => void) | undefined;
  let end: GroupEnd;
  try {
    end = await runGroup({
      command,
      args,
      cwd: workdir,
      env: { ...env, TMPDIR: temporary, WF_INPUT: inputFile, WF_OUTPUT: outputFile, WF_EVENTS: '3' },
      signal: ctx.signal,
      killAfterMs: () => Math.max(0, ctx.gracePeriodMs - KILL_MARGIN_MS),
      killSignal: ctx.killSignal,
      onSpawn: (pid) => {
        stopMeter = meterGroup(pid, report);
      },
      onStdout: output.stdout,
      onStderr: output.stderr,
      onEvents: eventLines.write,
    });
  } finally {
    stopMeter?.();
    output.end();
    eventLines.end();
    events.end();
  }
  ctx.signal.throwIfAborted();
  if (end.exitCode !== 0) throw scriptFailed(end, output.stderrTail(), events.error());
  await events.stored();
  const { function: name } = ctx.config;
  if (name === undefined) return (await readScriptOutput(outputFile)) ?? {};
  // Whatever else the file WF_OUTPUT holds: only the end of the function puts this one there.
  const returned = await readScriptOutput(join(control, 'returned.json'));
  if (returned === undefined) throw notReturned(name, end, output.stderrTail(), events.error());
  return returned;
}

/** Not yet among the types of the language. */
const RAW = JSON as unknown as { rawJSON(text: string): object };

/** What a script is given. A number beyond 2^53 keeps an exponent: to other languages it would be an integer. */
const toInputJson = (value: JsonValue): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    Number.isInteger(inner) && !Number.isSafeInteger(inner) ? RAW.rawJSON((inner as number).toExponential()) : inner,
  );

async function scriptInput(
  ctx: OperationContext<Pick<ScriptOptions, 'input' | 'files'>>,
  workdir: string,
): Promise<JsonValue> {
  const { input = {}, files = {} } = ctx.config;
  const paths: Record<string, string> = {};
  for (const [name, source] of Object.entries(files)) paths[name] = await resolveSource(ctx, source);
  return {
    execution_id: ctx.execution.id,
    execution_name: ctx.execution.name,
    workflow_id: ctx.execution.workflow_id,
    attempt: ctx.execution.attempt,
    step_id: ctx.step.id,
    try: ctx.step.try,
    resources: ctx.resources,
    workdir,
    input,
    files: paths,
  };
}

/** These only grow. */
const PEAKS = ['cpu_seconds', 'peak_memory_mb', 'peak_cpu_cores'] as const;

/** The meter looks twice a second and the script itself at its end: the larger peak is the true one. */
function peakKeeping(report: (usage: Partial<StepUsage>) => void): (usage: Partial<StepUsage>) => void {
  const most: Partial<StepUsage> = {};
  return (usage) => {
    for (const field of PEAKS) {
      const value = usage[field];
      if (value !== undefined) most[field] = Math.max(most[field] ?? 0, value);
    }
    report({ ...usage, ...most });
  };
}

function scriptFailed(
  { exitCode, killedBy }: GroupEnd,
  stderr: string,
  said: PluginErrorShape | undefined,
): PluginError {
  const how = killedBy === null ? `exit code ${exitCode}` : `signal ${killedBy}`;
  const message = said?.message ?? `the script ended with ${how}${stderr && `: ${stderr}`}`;
  const details = { exit_code: exitCode, signal: killedBy, stderr, ...said?.details };
  return new PluginError({ code: said?.code ?? 'SCRIPT_FAILED', message, retryable: said?.retryable ?? true, details });
}

/** Exit code 0 says nothing of a function that has not returned. */
function notReturned(name: string, end: GroupEnd, stderr: string, said: PluginErrorShape | undefined): PluginError {
  const message = `the process ended before the function \`${name}\` returned: let it return instead of leaving the process`;
  return scriptFailed(end, stderr, said ?? { code: 'SCRIPT_FAILED', message, retryable: true });
}
