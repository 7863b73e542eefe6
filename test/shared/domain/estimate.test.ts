import { describe, expect, it } from 'vitest';
import { estimateCompletion } from '../../../shared/domain/estimate.ts';

const steps = [
  { id: 'a' },
  { id: 'left', depends_on: ['a'] },
  { id: 'right', depends_on: ['a'] },
  { id: 'join', depends_on: ['left', 'right'] },
];
const samples = new Map([
  ['a', [10, 1_000, 12]],
  ['left', [30]],
  ['right', [60, 70]],
  ['join', [0.5]],
]);
const from = '2026-01-15T14:30:00.000Z';

describe('estimateCompletion', () => {
  it('follows the critical path over median durations', () => {
    // 12 + (60 + 70) / 2 + 0.5 seconds
    expect(estimateCompletion({ steps, from }, samples)).toBe('2026-01-15T14:31:17.500Z');
  });

  it('is null when a step has no history', () => {
    expect(estimateCompletion({ steps, from }, new Map([...samples].slice(1)))).toBeNull();
    expect(estimateCompletion({ steps, from }, new Map([...samples, ['a', []]]))).toBeNull();
  });

  it('does not change the samples', () => {
    expect(samples.get('a')).toEqual([10, 1_000, 12]);
  });
});
