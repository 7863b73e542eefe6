import { expect, test } from 'vitest';
import { nestsDeeper } from '../../../shared/domain/nests-deeper.ts';

test.each<[unknown, number]>([
  ['text', 0],
  [null, 0],
  [{}, 1],
  [[[]], 2],
  [{ a: 1, b: [{ c: [] }, 2] }, 4],
])('%j has %i levels', (value, levels) => {
  expect(nestsDeeper(value, levels)).toBe(false);
  if (levels > 0) expect(nestsDeeper(value, levels - 1)).toBe(true);
});
