import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { onPath } from '../../on-path.ts';
import { proxiesIn } from '../../proxies.mjs';
import { type OperationContext, PluginError } from '../define-plugin.ts';
import { OutputLog } from '../script/output-log.ts';
import { runGroup } from '../script/process-group.ts';
import { mayInstallLater, speaksOfNetwork } from './install-failure.ts';
import { installerEnv } from './installer-env.ts';
import type { Interpreter } from './interpreter.ts';
import { type Requirements, readRequirements } from './requirements.ts';
import { uvSettings } from './uv-settings.ts';

const MAKE = fileURLToPath(new URL('make_environment.py', import.meta.url));

export interface EnvironmentOptions {
  interpreter: Interpreter;
  /** Requirement lines, or the path of a requirements file in the project folder. */
  requirements: readonly string[] | string;
  cacheDir: string;
  /** The worker's: the installer sees what of it says from where packages come. */
  env: Readonly<Record<string, string | undefined>>;
}

/** Of the installer's output, how much is looked at to tell how it failed. */
const KEPT_OUTPUT = 1_000_000;
/** What make_environment.py leaves when it is done: the metadata of all packages, as paths in the environment. */
const READY = '.ready';
const Ready = z.array(z.string());

/**
 * Path of the Python of a virtual environment with `requirements`: one environment per interpreter and requirements with
 * all that they include and name in the project, made by whoever needs it first while others wait. Throws the abort's
 * reason, or PluginError: ENVIRONMENT_FAILED, or what `readRequirements` throws.
 */
export async function ensureEnvironment(ctx: OperationContext<unknown>, options: EnvironmentOptions): Promise<string> {
  const { interpreter, cacheDir, env } = options;
  const requirements = await readRequirements(ctx, options.requirements);
  const folder = join(cacheDir, 'python', keyOf(interpreter, requirements));
  if (!(await isComplete(folder))) await make(ctx, folder, { interpreter, requirements, env });
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
  { interpreter, requirements, env }: Pick<EnvironmentOptions, 'interpreter' | 'env'> & { requirements: Requirements },
): Promise<void> {
  ctx.progress({ current_operation: 'Installing Python packages' });
  ctx.log('INFO', 'Making a virtual environment; later steps with the same requirements reuse it.');
  const workdir = await ctx.artifacts.workdir();
  const copies = join(workdir, '.requirements');
  await mkdir(copies, { recursive: true });
  for (const [name, text] of requirements.files) await writeFile(join(copies, name), text);
  const uv = onPath('uv', env);
  const installer = { ...installerEnv(env), ...(uv && (await forUv(ctx, copies, env))) };
  const output = new OutputLog(ctx);
  let said = '';
  const hear = (pass: (text: string) => void) => (text: string) => {
    said = (said + text).slice(-KEPT_OUTPUT);
    pass(text);
  };
  const kind = requirements.local.size > 0 ? 'local' : 'remote';
  const { exitCode, killedBy } = await runGroup({
    command: interpreter.path,
    args: [MAKE, folder, join(copies, 'requirements.txt'), kind, ...(uv ? [uv] : [])],
    cwd: workdir,
    env: installer,
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
  for (const [name, origin] of requirements.origins) why = why.replaceAll(join(copies, name), origin);
  const how = killedBy ?? `exit code ${exitCode}`;
  const message = `the Python packages could not be installed (${how}): ${why}${throughProxies(said, installer)}`;
  const retryable = killedBy !== null || mayInstallLater(said);
  throw new PluginError({ code: 'ENVIRONMENT_FAILED', message, retryable });
}

/** Variables for uv, which is to read one file of settings alone. */
async function forUv(
  ctx: OperationContext<unknown>,
  folder: string,
  env: EnvironmentOptions['env'],
): Promise<Record<string, string>> {
  const { variables, file, left } = await uvSettings(env);
  if (left.length > 0) ctx.log('INFO', `Settings of uv that do not count here: ${left.join(', ')}`);
  const path = join(folder, 'uv.toml');
  await writeFile(path, file);
  return { ...variables, UV_CONFIG_FILE: path };
}

/** Where a proxy may be why nothing could be reached, its name and address. */
function throughProxies(said: string, env: Readonly<Record<string, string>>): string {
  // With retries = 0 pip says no more of an index that it cannot reach than of one without the package.
  if (!speaksOfNetwork(said) && !said.includes('(from versions: none)')) return '';
  const inFiles = /^(Proxy of pip's settings: \S+)$/m.exec(said)?.[1];
  const proxies = [...proxiesIn(env), ...(inFiles ? [inFiles] : [])];
  return proxies.length > 0 ? `\nIt was asked for through a proxy: ${proxies.join(', ')}` : '';
}

/** Whether all that was installed is still there. */
async function isComplete(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, READY), 'utf8').catch(() => '');
  const ready = Ready.safeParse(parsed(text));
  if (!ready.success) return false;
  const present = await Promise.all(['bin/python', ...ready.data].map((path) => exists(join(folder, path))));
  return present.every(Boolean);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
