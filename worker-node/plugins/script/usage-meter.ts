import { readdir, readFile } from 'node:fs/promises';
import type { StepUsage } from '../../../shared/schemas/execution.ts';
import { createUsageReport, type Measurement } from '../usage-report.ts';

const INTERVAL_MS = 500;
/** Unit of processor times in /proc: Linux shows them in 1/100 s to user space on every common architecture. */
const TICKS_PER_SECOND = 100;

/**
 * Measures a process group while it runs: processor time and resident memory of all its processes, every half second.
 * Does nothing where there is no /proc. Answers how to stop it.
 */
export function meterGroup(pgid: number, report: (usage: Partial<StepUsage>) => void): () => void {
  if (process.platform !== 'linux') return () => undefined;
  const measured = createUsageReport(report);
  const started = performance.now();
  const timer = setInterval(() => {
    // A machine short of file handles is no reason to fail the step: this measurement is left out.
    readGroup(pgid, started).then(measured, () => undefined);
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}

async function readGroup(pgid: number, started: number): Promise<Measurement> {
  const total = { seconds: (performance.now() - started) / 1_000, cpuSeconds: 0, memoryMb: 0 };
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  await Promise.all(
    pids.map(async (pid) => {
      // Any process can end between two reads; then it counts no more.
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // The command's name in brackets may hold anything; the fields after it are numbers: state ppid pgrp …
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(fields[2]) !== pgid) return;
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      total.cpuSeconds += ticks / TICKS_PER_SECOND;
      total.memoryMb += Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
    }),
  );
  return total;
}
