import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createReadySet } from '../../../worker-node/workflows/ready-set.ts';

/** A DAG: each step depends on some before it. */
const dag = fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 40 }).map((rows) =>
  rows.map((row, index) => ({
    id: `s${index}`,
    depends_on: index === 0 ? [] : [...new Set(row.map((n) => `s${n % index}`))],
  })),
);

describe('the ready set', () => {
  test('gives every step of a DAG once, after its dependencies', () => {
    fc.assert(
      fc.property(dag, (steps) => {
        const ready = createReadySet(steps);
        const done = new Set<string>();
        for (let index = ready.take(); index !== undefined; index = ready.take()) {
          const step = steps[index];
          expect(step?.depends_on.every((id) => done.has(id))).toBe(true);
          expect(done.has(step?.id ?? '')).toBe(false);
          done.add(step?.id ?? '');
          ready.completed(index);
        }
        expect(done.size).toBe(steps.length);
      }),
    );
  });

  test('skips exactly what is downstream of a failure, each step once', () => {
    fc.assert(
      fc.property(dag, fc.nat(), (steps, pick) => {
        const bad = pick % steps.length;
        const downstream = new Set<string>([`s${bad}`]);
        for (const { id, depends_on } of steps)
          if (depends_on.some((other) => downstream.has(other))) downstream.add(id);
        downstream.delete(`s${bad}`);
        const ready = createReadySet(steps);
        const skipped = ready.failed(bad).map((index) => `s${index}`);
        expect(new Set(skipped)).toEqual(downstream);
        expect(skipped).toHaveLength(downstream.size);
        expect(ready.failed(bad)).toEqual([]);
      }),
    );
  });

  test('keeps the order in which steps became ready, also over many', () => {
    const ready = createReadySet(Array.from({ length: 5_000 }, (_, index) => ({ id: `s${index}`, depends_on: [] })));
    const taken = Array.from({ length: 5_000 }, () => ready.take());
    expect(taken).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
    expect(ready.take()).toBeUndefined();
    ready.add(7);
    expect([ready.size, ready.take(), ready.size]).toEqual([1, 7, 0]);
  });
});
