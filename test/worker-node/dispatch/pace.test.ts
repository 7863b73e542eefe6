import { expect, test } from 'vitest';
import { createPace } from '../../../worker-node/dispatch/pace.ts';

const paceOf = () => createPace({ leastMs: 4, mostMs: 10 });

test('the first request waits for nothing', () => {
  expect(paceOf().delay(1_000)).toBe(0);
});

test('requests that follow each other without a pause go further and further apart, up to a limit', () => {
  const pace = paceOf();
  const gaps: number[] = [];
  for (let now = 1_000, sent = 0; sent < 8; sent += 1) {
    pace.began(now);
    const gap = pace.delay(now);
    gaps.push(gap);
    now += gap;
  }
  expect(gaps).toEqual([4, 5, 6, 7, 8, 9, 10, 10]);
});

test('a pause makes the next ones quick again', () => {
  const pace = paceOf();
  for (let now = 1_000; now < 1_200; now += 30) pace.began(now);
  expect(pace.delay(1_200)).toBe(0);
  pace.began(1_250);
  expect(pace.delay(1_250)).toBe(4);
  expect(pace.delay(1_253)).toBe(1);
});
