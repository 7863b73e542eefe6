import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createIsUpstream } from '../../../worker-node/workflows/ancestors.ts';

test('a step is upstream of another exactly when a way of dependencies leads there', () => {
  const plan = fc
    .integer({ min: 1, max: 70 })
    .chain((size) => fc.array(fc.array(fc.nat(size), { maxLength: 3 }), { minLength: size, maxLength: size }));
  fc.assert(
    fc.property(plan, fc.boolean(), (edges, reversed) => {
      const steps = edges.map((on, at) => ({
        id: `s${at}`,
        depends_on: [...new Set(on.filter((d) => d < at))].map((d) => `s${d}`),
      }));
      const byHand = new Map<string, Set<string>>();
      for (const { id, depends_on } of steps)
        byHand.set(id, new Set(depends_on.flatMap((on) => [on, ...(byHand.get(on) ?? [])])));
      const isUpstream = createIsUpstream(reversed ? steps.toReversed() : steps);
      for (const of of steps)
        for (const step of steps) expect(isUpstream(of.id, step.id)).toBe(byHand.get(of.id)?.has(step.id));
    }),
  );
});

test('what a plan does not hold is upstream of nothing, and has nothing upstream', () => {
  const isUpstream = createIsUpstream([{ id: 'a', depends_on: ['gone'] }]);
  expect([isUpstream('a', 'gone'), isUpstream('gone', 'a'), isUpstream('a', 'a')]).toEqual([false, false, false]);
});

test('a chain of 10,000 steps is no matter', () => {
  const steps = Array.from({ length: 10_000 }, (_, n) => ({ id: `s${n}`, depends_on: n > 0 ? [`s${n - 1}`] : [] }));
  const isUpstream = createIsUpstream(steps);
  expect([isUpstream('s9999', 's0'), isUpstream('s0', 's9999')]).toEqual([true, false]);
});
