import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claim, readClaim } from './claim.mjs';
import { isRunning, type ProcessIdentity, signal } from './process-identity.mjs';

/** A folder with everything that one stack keeps, held by this process alone. */
export interface DataDir {
  path: string;
  /** Notes which processes use the folder, for the one that opens it after a crash of this one. */
  recordProcesses(processes: readonly ProcessIdentity[]): void;
  /** Log file of a part, rotated once it is large. */
  logFile(part: string): string;
  /** Gives the folder up; an ephemeral one is deleted. */
  close(): void;
}

const EPHEMERAL_PREFIX = 'workflow-api-';
const LOG_BYTES = 10 * 1024 * 1024;
/** How long leftovers of an earlier stack may take to end after SIGTERM. */
const LEFTOVER_GRACE_MS = 4_000;

/** A memory file system where there is one: a new Durable Object costs 0.8 ms there, 4.5 ms on a disk. */
const ephemeralParent = (): string => (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());

/** Where the logs of a stack on `path` are; for an ephemeral one a pattern. */
export const logsFolder = (path = join(ephemeralParent(), `${EPHEMERAL_PREFIX}*`)): string => join(path, 'logs');

const claimFile = (path: string): string => join(path, 'claim.json');
const processesFile = (path: string): string => join(path, 'processes.json');

/** Node's own recursive mkdir never returns for a folder that cannot be, such as one below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

/** Ends what a stack left that was killed together with the hosts of its parts. */
async function endLeftovers(path: string): Promise<number[]> {
  const file = processesFile(path);
  if (!existsSync(file)) return [];
  const left = (JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity[]).filter(isRunning);
  for (const process of left) signal(process, 'SIGTERM');
  for (const deadline = Date.now() + LEFTOVER_GRACE_MS; left.some(isRunning) && Date.now() < deadline; )
    await sleep(20);
  for (const process of left) signal(process, 'SIGKILL');
  while (left.some(isRunning)) await sleep(20);
  rmSync(file);
  return left.map(({ pid }) => pid);
}

/** Deletes ephemeral folders whose stack was killed. */
async function sweepEphemeral(): Promise<void> {
  for (const name of readdirSync(ephemeralParent())) {
    const path = join(ephemeralParent(), name);
    if (!name.startsWith(EPHEMERAL_PREFIX) || !existsSync(claimFile(path)) || readClaim(claimFile(path))) continue;
    await endLeftovers(path);
    rmSync(path, { recursive: true, force: true });
  }
}

function rotated(file: string): string {
  if (existsSync(file) && statSync(file).size > LOG_BYTES) renameSync(file, `${file}.1`);
  return file;
}

/**
 * Opens `path`, or a new ephemeral folder when there is none, and ends processes that a crashed stack left on it.
 * Throws when a living process holds it.
 */
export async function openDataDir({ path, say }: { path?: string; say: (text: string) => void }): Promise<DataDir> {
  if (path === undefined) await sweepEphemeral();
  const folder = path ?? mkdtempSync(join(ephemeralParent(), EPHEMERAL_PREFIX));
  makeFolder(logsFolder(folder));
  const claimed = claim(claimFile(folder), {});
  if (!claimed.held) throw new Error(`${folder} is in use by process ${claimed.holder.pid}`);
  const ended = await endLeftovers(folder);
  if (ended.length > 0) say(`ended processes that an earlier run left: ${ended.join(', ')}`);
  return {
    path: folder,
    recordProcesses: (processes) => {
      const draft = `${processesFile(folder)}.draft`;
      writeFileSync(draft, JSON.stringify(processes));
      renameSync(draft, processesFile(folder));
    },
    logFile: (part) => rotated(join(logsFolder(folder), `${part}.log`)),
    close() {
      rmSync(processesFile(folder), { force: true });
      claimed.release();
      if (path === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
