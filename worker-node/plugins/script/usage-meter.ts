import { readdir, readFile } from 'node:fs/promises';
import type { StepUsage } from '../../../shared/schemas/execution.ts';
import { createUsageReport, type Measurement } from '../usage-report.ts';

const INTERVAL_MS = 500;
/** Unit of processor times in /proc: Linux shows them in 1/100 s to user space on every common architecture. */
const TICKS_PER_SECOND = 100;

/** Two processes of this size each can share memory that weighs; smaller are the shells around a script. MiB. */
const MIN_SHARING_MB = 8;
/** The share of the time that may go into asking how much memory is shared: the system walks all pages for it. */
const SHARING_COST = 1 / 20;

/**
 * Measures a process group while it runs: processor time and memory of all its processes, every half second. Memory that
 * several of them share, as forks do, counts once. Does nothing where there is no /proc. Answers how to stop it.
 */
export function meterGroup(pgid: number, report: (usage: Partial<StepUsage>) => void): () => void {
  if (process.platform !== 'linux') return () => undefined;
  const measured = createUsageReport(report);
  const started = performance.now();
  const ownMemory = createSharing();
  const timer = setInterval(() => {
    // A machine short of file handles is no reason to fail the step: this measurement is left out.
    readGroup(pgid, { started, ownMemory }).then(measured, () => undefined);
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}

interface Resident {
  pid: string;
  memoryMb: number;
}

async function readGroup(
  pgid: number,
  { started, ownMemory }: { started: number; ownMemory: (group: readonly Resident[]) => Promise<number> },
): Promise<Measurement> {
  const seconds = (performance.now() - started) / 1_000;
  let cpuSeconds = 0;
  const group: Resident[] = [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  await Promise.all(
    pids.map(async (pid) => {
      // Any process can end between two reads; then it counts no more.
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // The command's name in brackets may hold anything; the fields after it are numbers: state ppid pgrp …
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(fields[2]) !== pgid) return;
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      cpuSeconds += ticks / TICKS_PER_SECOND;
      group.push({ pid, memoryMb: (await readMb(`/proc/${pid}/status`, 'VmRSS')) ?? 0 });
    }),
  );
  return { seconds, cpuSeconds, memoryMb: await ownMemory(group) };
}

/** How much memory the processes hold together. Between two times that it asks, what they share is taken to be in proportion. */
function createSharing(): (group: readonly Resident[]) => Promise<number> {
  let share = 1;
  let askedNext = 0;
  return async (group) => {
    const total = sumOf(group);
    const large = group.filter(({ memoryMb }) => memoryMb >= MIN_SHARING_MB);
    if (large.length < 2) return total;
    const began = performance.now();
    if (began >= askedNext) {
      const own = await Promise.all(large.map(({ pid }) => readMb(`/proc/${pid}/smaps_rollup`, 'Pss')));
      const known = own.filter((mb) => mb !== undefined);
      // One without an answer has ended meanwhile; where nobody answers, the system does not tell.
      if (known.length > 0) share = Math.min(1, known.reduce((sum, mb) => sum + mb, 0) / sumOf(large));
      const ended = performance.now();
      askedNext = ended + (ended - began) / SHARING_COST - INTERVAL_MS;
    }
    return total - sumOf(large) * (1 - share);
  };
}

const sumOf = (group: readonly Resident[]): number => group.reduce((sum, { memoryMb }) => sum + memoryMb, 0);

/** A figure of a file in /proc; undefined when the process has ended, or may not be looked at. */
async function readMb(path: string, name: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const kb = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
  return kb === undefined ? undefined : Number(kb) / 1_024;
}
