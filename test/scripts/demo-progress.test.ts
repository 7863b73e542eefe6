import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createProgress } from '../../scripts/demo/progress.ts';
import type { Execution, StepDetail } from '../../shared/schemas/execution.ts';

const NOW = '2026-01-01T00:00:10.000Z';

beforeEach(() => void vi.useFakeTimers({ now: new Date(NOW) }));
afterEach(() => void vi.useRealTimers());

const step = (more: Partial<StepDetail>): StepDetail => ({
  id: 'train',
  plugin: 'node',
  operation: 'run',
  status: 'pending',
  depends_on: [],
  tries: 0,
  ...more,
});
const execution = (...steps: StepDetail[]) =>
  ({
    step_details: steps,
    progress: { completed_steps: 0, total_steps: steps.length, percentage: 0 },
  }) as Partial<Execution> as Execution;

function screen(isTTY: boolean) {
  const written: string[] = [];
  return { written, progress: createProgress({ isTTY, columns: 100, write: (text) => written.push(text) }) };
}

test('without a terminal each change of a step is one plain line', () => {
  const { written, progress } = screen(false);
  progress.update(execution(step({})));
  const running = step({ status: 'running', tries: 1, started_at: '2026-01-01T00:00:09.000Z' });
  progress.update(execution(running));
  progress.update(execution({ ...running, progress: { percentage: 40, current_operation: 'fitting' } }));
  progress.update(
    execution({ ...running, status: 'retrying', error: { code: 'X', message: 'no luck', retryable: true } }),
  );
  progress.update(execution({ ...running, status: 'completed', tries: 2, duration_seconds: 1.25 }));
  progress.end();
  expect(written).toEqual(['train: running\n', 'train: retrying, no luck\n', 'train: completed, 2 tries, 1.3 s\n']);
});

test('without a terminal it is never silent for more than 5 s', () => {
  const { written, progress } = screen(false);
  progress.update(
    execution(step({ status: 'running', tries: 1, progress: { percentage: 40, current_operation: null } })),
  );
  written.length = 0;
  vi.advanceTimersByTime(5_000);
  expect(written).toEqual(['… 0 of 1 steps, train 40 %\n']);
  progress.end();
});

test('on a terminal the bars are drawn over', () => {
  const { written, progress } = screen(true);
  progress.update(
    execution(
      step({
        status: 'running',
        tries: 1,
        started_at: NOW,
        progress: { percentage: 50, current_operation: 'fitting' },
      }),
    ),
  );
  vi.advanceTimersByTime(400);
  progress.end();
  expect(written[0]).toBe('▶ train ████████████░░░░░░░░░░░░    0.2 s  fitting\n');
  expect(written[1]).toBe('\u001b[1A\u001b[J');
});
