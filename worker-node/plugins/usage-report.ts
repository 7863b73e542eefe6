import { availableParallelism, totalmem } from 'node:os';
import type { StepUsage } from '../../shared/schemas/execution.ts';

/** What was measured of a process, or of several together. */
export interface Measurement {
  /** Processor time since the start. */
  cpuSeconds: number;
  /** Resident memory now, MiB. */
  memoryMb: number;
  /** The largest so far, where the system tells. */
  peakMemoryMb?: number;
}

/** Turns a series of measurements into the usage of a step; shares are of all cores and all memory of the machine. */
export function createUsageReport(report: (usage: Partial<StepUsage>) => void): (measurement: Measurement) => void {
  let earlier = { at: performance.now(), cpuSeconds: 0 };
  let peakMemoryMb = 0;
  return (measurement) => {
    const at = performance.now();
    // A process that has ended takes its time with it, but used time never shrinks.
    const cpuSeconds = Math.max(measurement.cpuSeconds, earlier.cpuSeconds);
    const available = ((at - earlier.at) / 1_000) * availableParallelism();
    peakMemoryMb = Math.max(peakMemoryMb, measurement.memoryMb, measurement.peakMemoryMb ?? 0);
    report({
      cpu_usage: round(Math.min(100, ((cpuSeconds - earlier.cpuSeconds) / available) * 100)),
      memory_usage: round(((measurement.memoryMb * 2 ** 20) / totalmem()) * 100),
      cpu_seconds: round(cpuSeconds),
      peak_memory_mb: round(peakMemoryMb),
    });
    earlier = { at, cpuSeconds };
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
