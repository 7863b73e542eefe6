import { expect, test } from 'vitest';
import { createPace } from '../../../worker-node/dispatch/pace.ts';

const paceOf = () => createPace({ leastMs: 4, mostMs: 10 });

test('the first request waits for nothing', () => {
  expect(paceOf().delay(1_000)).toBe(0);
});

test('requests that follow each other without a pause go further and further apart, up to a limit', () => {
  const pace = paceOf();
  const gaps: number[] = [];
  for (let now = 1_000, sent = 0; sent < 6; sent += 1) {
    pace.began(now);
    const gap = pace.delay(now);
    gaps.push(gap);
    now += gap;
  }
  expect(gaps).toEqual([4, 6, 8, 10, 10, 10]);
});

test('a pause makes the next ones quick again', () => {
  const pace = paceOf();
  for (let now = 1_000; now < 1_200; now += 10) pace.began(now);
  pace.began(1_400);
  expect(pace.delay(1_400)).toBe(4);
  expect(pace.delay(1_403)).toBe(1);
});
