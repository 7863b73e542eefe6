import { createHash } from 'node:crypto';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OperationContext, PluginError } from '../define-plugin.ts';
import { OutputLog } from '../script/output-log.ts';
import { runGroup } from '../script/process-group.ts';
import { mayInstallLater } from './install-failure.ts';
import type { Interpreter } from './interpreter.ts';
import { type Requirements, readRequirements } from './requirements.ts';

const MAKE = fileURLToPath(new URL('make_environment.py', import.meta.url));

export interface EnvironmentOptions {
  interpreter: Interpreter;
  /** Requirement lines, or the path of a requirements file in the project folder. */
  requirements: readonly string[] | string;
  cacheDir: string;
  /** Environment of the installer: it may reach the package index. */
  env: Readonly<Record<string, string>>;
}

/** Of the installer's output, how much is looked at to tell how it failed. */
const KEPT_OUTPUT = 1_000_000;

/**
 * Path of the Python of a virtual environment with `requirements`: one environment per interpreter and requirements with
 * all that they include and name in the project, made by whoever needs it first while others wait. Throws the abort's
 * reason, or PluginError: ENVIRONMENT_FAILED, or what `readRequirements` throws.
 */
export async function ensureEnvironment(ctx: OperationContext<unknown>, options: EnvironmentOptions): Promise<string> {
  const { interpreter, cacheDir, env } = options;
  const requirements = await readRequirements(ctx, options.requirements);
  const folder = join(cacheDir, 'python', keyOf(interpreter, requirements));
  if (!(await exists(join(folder, '.ready')))) await make(ctx, folder, { interpreter, requirements, env });
  return join(folder, 'bin', 'python');
}

function keyOf(interpreter: Interpreter, { files, local }: Requirements): string {
  const texts = [...files].map(([name, text]) => [name, text.split('\n').filter((line) => line !== '')]);
  return createHash('sha256')
    .update(JSON.stringify([interpreter, texts, [...local]]))
    .digest('hex')
    .slice(0, 24);
}

async function make(
  ctx: OperationContext<unknown>,
  folder: string,
  {
    interpreter,
    requirements: { files, origins, local },
    env,
  }: { interpreter: Interpreter; requirements: Requirements; env: Readonly<Record<string, string>> },
): Promise<void> {
  ctx.progress({ current_operation: 'Installing Python packages' });
  ctx.log('INFO', 'Making a virtual environment; later steps with the same requirements reuse it.');
  const workdir = await ctx.artifacts.workdir();
  const copies = join(workdir, '.requirements');
  await mkdir(copies, { recursive: true });
  for (const [name, text] of files) await writeFile(join(copies, name), text);
  const output = new OutputLog(ctx);
  let said = '';
  const hear = (pass: (text: string) => void) => (text: string) => {
    said = (said + text).slice(-KEPT_OUTPUT);
    pass(text);
  };
  const { exitCode, killedBy } = await runGroup({
    command: interpreter.path,
    args: [MAKE, folder, join(copies, 'requirements.txt'), local.size > 0 ? 'local' : 'remote'],
    cwd: workdir,
    env,
    signal: ctx.signal,
    // An installer has nothing to finish.
    killAfterMs: () => 0,
    onStdout: hear(output.stdout),
    onStderr: hear(output.stderr),
    onEvents: () => undefined,
  });
  output.end();
  // The script finds its folder empty.
  await rm(copies, { recursive: true, force: true });
  ctx.signal.throwIfAborted();
  if (exitCode === 0) return;
  let why = output.stderrTail();
  for (const [name, origin] of origins) why = why.replaceAll(join(copies, name), origin);
  const message = `the Python packages could not be installed (${killedBy ?? `exit code ${exitCode}`}): ${why}`;
  const retryable = killedBy !== null || mayInstallLater(said);
  throw new PluginError({ code: 'ENVIRONMENT_FAILED', message, retryable });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
