import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT } from '../project.ts';
import { runCommand } from '../run-command.ts';

/** The CLI release whose dev server the stack is tuned for. Newer ones cannot be installed by Go: a `replace` in go.mod. */
export const TEMPORAL_VERSION = '1.5.1';

export interface FindOptions {
  say: (text: string) => void;
  signal?: AbortSignal;
  /** PATH, XDG_CACHE_HOME and HOME are read. Default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** Downloads the CLI into a folder and resolves to the binary's path. Default: the Temporal SDK's own download. */
  download?: (folder: string, options: { signal?: AbortSignal; onWait: (seconds: number) => void }) => Promise<string>;
}

const DOWNLOADER = join(ROOT, 'scripts/local/temporal/download-temporal.ts');

/** The first file `name` on PATH that may be executed. */
function onPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const candidates = (env.PATH ?? '').split(delimiter).filter(Boolean);
  return candidates
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

async function downloadThroughSdk(
  folder: string,
  options: { signal?: AbortSignal; onWait: (seconds: number) => void },
): Promise<string> {
  // A process of its own: the SDK loads a native runtime, and its download cannot be aborted otherwise.
  const { code, output } = await runCommand(process.execPath, [DOWNLOADER, folder, TEMPORAL_VERSION], options);
  if (code !== 0) throw new Error(output.trim().split('\n').at(-1) || `exit code ${code}`);
  return output.trim().split('\n').at(-1) ?? '';
}

/**
 * Path of Temporal's CLI, looked for on PATH, then in the user's cache, which is filled by the SDK's download or else by
 * `go install`. Throws an error that says what to do when none of them works.
 */
export async function findTemporal(options: FindOptions): Promise<string> {
  const { say, signal, env = process.env, download = downloadThroughSdk } = options;
  const installed = onPath('temporal', env);
  if (installed) return installed;
  const home = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  const folder = join(home, 'workflow-api', `temporal-${TEMPORAL_VERSION}`);
  const cached = join(folder, 'temporal');
  if (existsSync(cached)) return cached;

  const draft = `${folder}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const attempts: string[] = [];
  /** Keeps a binary that runs; it appears in the cache in one step, since an interrupted download must not. */
  async function keep(binary: string): Promise<string> {
    const { code, output } = await runCommand(binary, ['--version'], { signal });
    if (code !== 0) throw new Error(`${binary} does not run: ${output.trim()}`);
    mkdirSync(folder, { recursive: true });
    renameSync(binary, cached);
    return cached;
  }
  try {
    say(`Temporal's CLI is not installed: downloading version ${TEMPORAL_VERSION}, once per machine`);
    try {
      const onWait = (seconds: number) => say(`downloading Temporal's CLI … ${seconds} s`);
      return await keep(await download(draft, { signal, onWait }));
    } catch (error) {
      signal?.throwIfAborted();
      attempts.push(`download: ${(error as Error).message}`);
    }
    const go = onPath('go', env);
    if (!go) attempts.push('go install: Go is not on PATH');
    else {
      say(`the download failed (${attempts[0]}): building it with Go instead, about 3 minutes`);
      try {
        return await keep(await buildWithGo(go, draft, options));
      } catch (error) {
        signal?.throwIfAborted();
        attempts.push(`go install: ${(error as Error).message}`);
      }
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  throw new Error(
    `Temporal's CLI could not be installed.\n${attempts.map((attempt) => `  ${attempt}`).join('\n')}\n` +
      'Install it from https://docs.temporal.io/cli so that `temporal` is on PATH, or set TEMPORAL_ADDRESS to a server that runs.',
  );
}

async function buildWithGo(
  go: string,
  folder: string,
  { say, signal, env = process.env }: FindOptions,
): Promise<string> {
  const { code, output } = await runCommand(
    go,
    ['install', `github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_VERSION}`],
    {
      env: { ...env, GOBIN: folder },
      signal,
      onWait: (seconds) => say(`building Temporal's CLI … ${seconds} s`),
    },
  );
  if (code !== 0) throw new Error(output.trim().split('\n').slice(-3).join(' '));
  return join(folder, 'temporal');
}
