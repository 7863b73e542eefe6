import { stripVTControlCharacters } from 'node:util';
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

function screen(isTTY: boolean, size: { columns?: number; rows?: number } = {}) {
  const written: string[] = [];
  return { written, progress: createProgress({ isTTY, columns: 100, ...size, write: (text) => written.push(text) }) };
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

const running = step({
  status: 'running',
  tries: 1,
  started_at: NOW,
  progress: { percentage: 50, current_operation: 'fitting' },
});
/** What a terminal shows of one picture. */
const plain = (text = ''): string[] => stripVTControlCharacters(text).replaceAll('\r', '').trimEnd().split('\n');

test('on a terminal the bars are drawn over, from the first column on', () => {
  const { written, progress } = screen(true);
  progress.update(execution(running));
  vi.advanceTimersByTime(400);
  progress.end();
  expect(plain(written[0])).toEqual(['▶ train ████████████░░░░░░░░░░░░    0.2 s  fitting']);
  expect(written[1]?.startsWith('\r\u001b[1A\u001b[J')).toBe(true);
});

test('what is said after the end comes below the last picture, which is drawn once', () => {
  const { written, progress } = screen(true);
  progress.update(execution(running));
  vi.advanceTimersByTime(200);
  written.length = 0;
  progress.end();
  progress.say('stopping');
  progress.say('gone');
  progress.end();
  vi.advanceTimersByTime(1_000);
  expect(written.map((text) => plain(text))).toEqual([[expect.stringContaining('▶ train')], ['stopping'], ['gone']]);
});

test('every line fits a narrow terminal, and still says what a step does', () => {
  const { written, progress } = screen(true, { columns: 60 });
  const id = 'a_step_with_a_name_that_is_much_too_long';
  const error = { code: 'X', message: 'fails\nin its first try on purpose', retryable: true };
  progress.update(execution({ ...running, id: 'model_validation' }, step({ id, status: 'retrying', tries: 1, error })));
  progress.end();
  const lines = plain(written[0]);
  expect(lines).toHaveLength(2);
  for (const line of lines) expect([...line].length).toBeLessThan(60);
  expect(lines[0]).toMatch(/^▶ model_validation {9}█{3}░{3} {4}0\.0 s {2}fitting$/);
  expect(lines[1]).toMatch(/^↻ a_step_with_a_name_that…/);
});

test('of more steps than a terminal has lines those are shown that run, and at the end all', () => {
  const { written, progress } = screen(true, { rows: 5 });
  const over = Array.from({ length: 4 }, (_, i) => step({ id: `done${i}`, status: 'completed', tries: 1 }));
  const waiting = Array.from({ length: 4 }, (_, i) => step({ id: `next${i}` }));
  progress.update(execution(...over, running, ...waiting));
  vi.advanceTimersByTime(200);
  const lines = plain(written[0]);
  expect(lines.map((line) => line.trim().split(' ')[line.startsWith('▶') ? 1 : 0])).toEqual([
    'train',
    'next0',
    'next1',
    '…',
  ]);
  expect(lines[3]).toBe('… 4 of 9 steps have ended');
  progress.end();
  expect(plain(written.at(-1))).toHaveLength(9);
});

test.each([true, false])('says what an execution waits for, on a terminal: %s', (isTTY) => {
  const { written, progress } = screen(isTTY);
  const waiting_for = { reason: 'no_worker', detail: 'no worker of pool "default" is connected' } as const;
  progress.update({ ...execution(step({})), waiting_for });
  vi.advanceTimersByTime(5_000);
  progress.end();
  expect(written.at(-1)).toContain('waiting: no worker of pool "default" is connected');
});
