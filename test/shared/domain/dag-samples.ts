import fc from 'fast-check';

export interface SampleStep {
  id: string;
  depends_on: string[];
}

/** `s0 ← s1 ← … `, each step after the one before. */
export function chain(length: number): SampleStep[] {
  return Array.from({ length }, (_, index) => ({ id: `s${index}`, depends_on: index === 0 ? [] : [`s${index - 1}`] }));
}

/** Up to 12 steps without a cycle, in any order of definition. */
export function randomDag(): fc.Arbitrary<SampleStep[]> {
  return fc
    .integer({ min: 1, max: 12 })
    .chain((count) =>
      fc.tuple(
        ...Array.from({ length: count }, (_, index) =>
          fc.subarray(Array.from({ length: index }, (_unused, before) => `s${before}`)),
        ),
      ),
    )
    .map((dependencies) => dependencies.map((depends_on, index) => ({ id: `s${index}`, depends_on })))
    .chain((steps) => fc.shuffledSubarray(steps, { minLength: steps.length, maxLength: steps.length }));
}
