import { createHash } from 'node:crypto';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OperationContext, PluginError } from '../define-plugin.ts';
import { resolveProjectFile } from '../project-file.ts';
import { OutputLog } from '../script/output-log.ts';
import { runGroup } from '../script/process-group.ts';
import type { Interpreter } from './interpreter.ts';

const MAKE = fileURLToPath(new URL('make_environment.py', import.meta.url));

export interface EnvironmentOptions {
  interpreter: Interpreter;
  /** Requirement lines, or the path of a requirements file in the project folder. */
  requirements: readonly string[] | string;
  cacheDir: string;
  /** Environment of the installer: it may reach the package index. */
  env: Readonly<Record<string, string>>;
}

/**
 * Path of the Python of a virtual environment with `requirements`: one environment per interpreter and text of the
 * requirements, made by whoever needs it first while others wait. Throws the abort's reason, or PluginError
 * ENVIRONMENT_FAILED.
 */
export async function ensureEnvironment(ctx: OperationContext<unknown>, options: EnvironmentOptions): Promise<string> {
  const { interpreter, requirements, cacheDir, env } = options;
  const text =
    typeof requirements === 'string'
      ? await readFile(await resolveProjectFile(ctx, requirements), 'utf8')
      : `${requirements.join('\n')}\n`;
  const key = createHash('sha256')
    .update(JSON.stringify([interpreter, text]))
    .digest('hex')
    .slice(0, 24);
  const folder = join(cacheDir, 'python', key);
  if (!(await exists(join(folder, '.ready')))) await make(ctx, folder, { interpreter, text, env });
  return join(folder, 'bin', 'python');
}

async function make(
  ctx: OperationContext<unknown>,
  folder: string,
  { interpreter, text, env }: { interpreter: Interpreter; text: string; env: Readonly<Record<string, string>> },
): Promise<void> {
  ctx.progress({ current_operation: 'Installing Python packages' });
  ctx.log('INFO', 'Making a virtual environment; later steps with the same requirements reuse it.');
  const workdir = await ctx.artifacts.workdir();
  const requirementsFile = join(workdir, 'requirements.txt');
  await writeFile(requirementsFile, text);
  const output = new OutputLog(ctx);
  const { exitCode, killedBy } = await runGroup({
    command: interpreter.path,
    args: [MAKE, folder, requirementsFile],
    cwd: workdir,
    env,
    signal: ctx.signal,
    // An installer has nothing to finish.
    killAfterMs: () => 0,
    onStdout: output.stdout,
    onStderr: output.stderr,
    onEvents: () => undefined,
  });
  output.end();
  ctx.signal.throwIfAborted();
  if (exitCode === 0) return;
  const message = `the Python packages could not be installed (${killedBy ?? `exit code ${exitCode}`}): ${output.stderrTail()}`;
  throw new PluginError({ code: 'ENVIRONMENT_FAILED', message, retryable: true });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
