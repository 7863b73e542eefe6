import { ActivityFailure, ApplicationFailure, TerminatedFailure } from '@temporalio/workflow';
import { describe, expect, test } from 'vitest';
import { readTryFailure } from '../../../worker-node/workflows/try-end.ts';

const NOW = '2026-01-15T14:30:00.000Z';
const failureOf = (cause: Error) => new ActivityFailure('Activity failed', 'runStep', '1', undefined, 'worker', cause);
const messageOf = (cause: Error): unknown => {
  const end = readTryFailure(failureOf(cause), NOW);
  return end.outcome === 'completed' ? undefined : end.error?.message;
};

describe('a try that failed outside its step', () => {
  test.each([
    ['the activity threw', (text: string) => ApplicationFailure.create({ message: text })],
    ['the engine ended it', (text: string) => new TerminatedFailure(text)],
  ])('is told in a short message that every reader takes: %s', (_, cause) => {
    expect(messageOf(cause('it broke'))).toBe('it broke');
    expect(messageOf(cause('a\ud83db'))).toBe('a\ufffdb');
    const cut = messageOf(cause(`x${'😀'.repeat(50_000)}`));
    expect(cut).toMatch(/^x(😀)+ … \(cut\)$/u);
    expect(String(cut).length).toBeLessThanOrEqual(4_000);
  });
});
