import { availableParallelism, totalmem } from 'node:os';
import type { StepUsage } from '../../shared/schemas/execution.ts';

/** What was measured of a process, or of several together. */
export interface Measurement {
  /** Seconds since the start, by a steady clock of whoever measures. */
  seconds: number;
  /** Processor time since the start. */
  cpuSeconds: number;
  /** Resident memory now, MiB. */
  memoryMb: number;
  /** The largest so far, where the system tells. */
  peakMemoryMb?: number;
}

/** Over a shorter time the steps in which processor time is counted would weigh more than the work. */
const MIN_WINDOW_SECONDS = 0.1;

/** Turns a series of measurements into the usage of a step; shares are of all cores and all memory of the machine. */
export function createUsageReport(report: (usage: Partial<StepUsage>) => void): (measurement: Measurement) => void {
  const available = availableParallelism();
  let window = { seconds: 0, cpuSeconds: 0 };
  let cpuSeconds = 0;
  let peakCores = 0;
  let peakMemoryMb = 0;

  /** Cores in use since the last window that was long enough. */
  function coresInUse(seconds: number): Partial<StepUsage> {
    const elapsed = seconds - window.seconds;
    if (elapsed < MIN_WINDOW_SECONDS) return {};
    // A child outside the group is counted when its parent learns of its end: all its time at once.
    const cores = Math.min(available, (cpuSeconds - window.cpuSeconds) / elapsed);
    window = { seconds, cpuSeconds };
    peakCores = Math.max(peakCores, cores);
    return { cpu_usage: round((cores / available) * 100), peak_cpu_cores: round(peakCores) };
  }

  return (measurement) => {
    // A process that has ended takes its time with it, but used time never shrinks.
    cpuSeconds = Math.max(measurement.cpuSeconds, cpuSeconds);
    peakMemoryMb = Math.max(peakMemoryMb, measurement.memoryMb, measurement.peakMemoryMb ?? 0);
    report({
      ...coresInUse(measurement.seconds),
      memory_usage: round(((measurement.memoryMb * 2 ** 20) / totalmem()) * 100),
      cpu_seconds: round(cpuSeconds),
      peak_memory_mb: round(peakMemoryMb),
    });
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
