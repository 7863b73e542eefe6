import { once } from 'node:events';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepUsage } from '../../../shared/schemas/execution.ts';
import type { JsonValue } from '../../../shared/schemas/json.ts';
import type { OperationContext, PluginErrorShape } from '../define-plugin.ts';
import { resolveSource } from '../source-file.ts';
import { createEventSink, type EventSink } from './event-sink.ts';
import { createLines } from './lines.ts';
import { OutputLog } from './output-log.ts';
import type { ScriptOptions } from './script-config.ts';
import { controlFolderGone, notReturned, scriptFailed, tooMuchPassed } from './script-failures.ts';
import type { ScriptEnd, ScriptHost, ScriptJob } from './script-host.ts';
import { outputInTheWay, readScriptOutput } from './script-output.ts';
import { storeSnapshots } from './snapshots.ts';
import { howStopped } from './stopped-script.ts';

/** Characters of one event line; a longer one is cut, and so invalid. */
const MAX_EVENT_LENGTH = 1024 * 1024;
/** Time between SIGKILL and the end of the grace period, for the operation to end itself. */
const KILL_MARGIN_MS = 1_000;

/**
 * Runs a script by the contract of docs/plugins/scripts.md: JSON in the file WF_INPUT, JSON out of the file WF_OUTPUT,
 * events on descriptor 3, all else that it prints to the log. A script that ended before it was sent a signal is judged by
 * its exit code, whatever has happened since. Throws the abort's reason, or PluginError.
 */
export async function runScript(
  ctx: OperationContext<Pick<ScriptOptions, 'input' | 'files' | 'function'>>,
  { env, ...command }: Omit<ScriptJob, 'cwd'>,
  host: ScriptHost,
): Promise<JsonValue> {
  // Beside the working folder, not in it: a script may remove all that it finds there.
  const [workdir, control] = await Promise.all([ctx.artifacts.workdir(), ctx.artifacts.controldir()]);
  const [inputFile, outputFile, returnedFile] = [
    join(control, 'input.json'),
    join(control, 'output.json'),
    join(control, 'returned.json'),
  ];
  const temporary = await ctx.artifacts.tempdir();
  await writeFile(inputFile, toInputJson(await scriptInput(ctx, workdir)));

  const output = new OutputLog(ctx);
  const report = peakKeeping(ctx.usage);
  const events = createEventSink(ctx, workdir, report);
  const eventLines = createLines(MAX_EVENT_LENGTH, events.line);
  let end: ScriptEnd;
  try {
    end = await host.run(
      {
        ...command,
        cwd: workdir,
        env: { ...env, TMPDIR: temporary, WF_INPUT: inputFile, WF_OUTPUT: outputFile, WF_EVENTS: '3' },
      },
      {
        signal: ctx.signal,
        killAfterMs: () => Math.max(0, ctx.gracePeriodMs - KILL_MARGIN_MS),
        killSignal: ctx.killSignal,
        onEnded: (asked) => (asked ? ctx.workStopped() : ctx.workEnded()),
        onStdout: output.stdout,
        onStderr: output.stderr,
        onEvents: eventLines.write,
        onUsage: report,
      },
    );
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'E2BIG' ? tooMuchPassed() : error;
  } finally {
    eventLines.end();
    events.end();
    output.end(events.error()?.message);
  }
  // A try that is lost leaves nothing: the next one does it all again.
  if (end.signalled && (ctx.signal.reason as Partial<PluginErrorShape>).code === 'WORKER_LOST') throw ctx.signal.reason;
  // What it said until its end is stored, however it ended.
  const refused = await Promise.race([refusal(ctx, control, events), aborted(ctx.storingSignal)]);
  if (end.signalled)
    throw await howStopped(ctx, { exitCode: end.exitCode, outputFiles: [returnedFile, outputFile], refused });
  if (end.exitCode !== 0) {
    if (refused !== undefined) ctx.log('WARN', `An artifact of the failed script is not kept: ${refused}`);
    const failed = scriptFailed(end, output.stderrTail(), events.error());
    throw (await outputInTheWay(outputFile, failed.message)) ?? failed;
  }
  if (refused !== undefined) throw refused;
  const { function: name } = ctx.config;
  if (name === undefined) {
    const given = await readScriptOutput(outputFile);
    return given === undefined ? {} : given;
  }
  // Whatever else the file WF_OUTPUT holds: only the end of the function puts this one there.
  const returned = await readScriptOutput(returnedFile);
  if (returned === undefined) throw notReturned(name, end, output.stderrTail(), events.error());
  return returned;
}

/**
 * Stores the files that a script has reported: by events, and by the helper. Answers the first failure, undefined without.
 * Without the control folder nobody knows what the script has stored and answered.
 */
async function refusal(
  ctx: Pick<OperationContext<unknown>, 'artifacts'>,
  control: string,
  events: EventSink,
): Promise<unknown> {
  const results = [
    await settled(events.stored()),
    await settled(access(control).catch(() => Promise.reject(controlFolderGone()))),
    await settled(storeSnapshots(ctx.artifacts, control)),
  ];
  return results.find((error) => error !== undefined);
}

const settled = (promise: Promise<void>): Promise<unknown> => promise.catch((error: unknown) => error);

async function aborted(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) await once(signal, 'abort');
  return signal.reason;
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
