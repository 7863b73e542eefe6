import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import type { StepUsage } from '../../../shared/schemas/execution.ts';
import { createUsageReport } from '../../../worker-node/plugins/usage-report.ts';

/** The usage after each measurement of processor time at a time, both in seconds. */
function usageAfter(...measured: [seconds: number, cpuSeconds: number][]): Partial<StepUsage>[] {
  const usage: Partial<StepUsage> = {};
  const report = createUsageReport((reported) => Object.assign(usage, reported));
  return measured.map(([seconds, cpuSeconds]) => {
    report({ seconds, cpuSeconds, memoryMb: 1 });
    return { ...usage };
  });
}
const peaks = (...measured: [number, number][]) => usageAfter(...measured).map(({ peak_cpu_cores }) => peak_cpu_cores);

it('reports the most cores that were in use at once', () => {
  expect(peaks([1, 0.25], [2, 1], [4, 1.5])).toEqual([0.25, 0.75, 0.75]);
});

it('reports the share of all cores that is in use now', () => {
  const shares = usageAfter([1, 0.5], [2, 0.5]).map(({ cpu_usage }) => cpu_usage);
  expect(shares).toEqual([expect.closeTo(50 / availableParallelism(), 1), 0]);
});

it('waits with the cores until the time since the last measurement says something', () => {
  expect(peaks([0.01, 0.05], [0.1, 0.06], [0.11, 0.1], [1.1, 0.56])).toEqual([undefined, 0.6, 0.6, 0.6]);
});

it('never reports more cores than there are', () => {
  expect(peaks([1, 1_000])).toEqual([availableParallelism()]);
});

it('goes on from the most when a process takes its time with it', () => {
  expect(peaks([1, 0.5], [2, 0.1], [3, 0.6])).toEqual([0.5, 0.5, 0.5]);
});
