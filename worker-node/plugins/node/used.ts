import { readFileSync } from 'node:fs';

/** Unit of processor times in /proc, as in the worker's own meter. */
const TICKS_PER_SECOND = 100;

/** Processor seconds of this process and its ended children, and its largest resident memory. */
export function used(): { cpu_seconds: number; peak_memory_mb: number } {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const own = (userCPUTime + systemCPUTime) / 1e6;
  // Linux keeps maxRSS over exec: it begins with what the worker had when it made this process.
  const peak = /^VmHWM:\s+(\d+) kB/m.exec(read('status'))?.[1] ?? maxRSS;
  return { cpu_seconds: own + childrenSeconds(), peak_memory_mb: Number(peak) / 1024 };
}

function childrenSeconds(): number {
  const stat = read('stat');
  // The command's name in brackets may hold anything; the fields after it are numbers: state ppid … cutime cstime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) / TICKS_PER_SECOND;
}

/** Empty where there is no /proc. */
function read(name: string): string {
  try {
    return readFileSync(`/proc/self/${name}`, 'utf8');
  } catch {
    return '';
  }
}
