import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { createInlineBudget, REFERENCE_BYTES } from '../../../worker-node/workflows/inline-budget.ts';
import { chunkBySize, jsonBytes } from '../../../worker-node/workflows/json-size.ts';

test('chunks keep the order, lose nothing, and stay below the size that they are given', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ text: fc.string({ unit: 'grapheme', maxLength: 80 }) })), (items) => {
      const chunks = chunkBySize(items, 120);
      expect(chunks.flat()).toEqual(items);
      for (const chunk of chunks)
        expect(chunk.length === 1 || Buffer.byteLength(JSON.stringify(chunk)) <= 121).toBe(true);
    }),
  );
});

test('the size of JSON is that of its UTF-8', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
      const whole = { value, text: text.toWellFormed() };
      expect(jsonBytes(whole as object)).toBe(Buffer.byteLength(JSON.stringify(whole)));
    }),
  );
});

test('inline outputs never take more than their budget together, small ones aside', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3_000 }),
      fc.array(fc.nat(5_000), { minLength: 1, maxLength: 100 }),
      (steps, sizes) => {
        const budget = createInlineBudget(0, steps);
        let total = 0;
        for (let step = 0; step < steps; step++) {
          const granted = budget.grant();
          expect(granted).toBeGreaterThanOrEqual(REFERENCE_BYTES);
          const size = sizes[step % sizes.length] ?? 0;
          const used = size <= granted ? size : 0;
          if (used > REFERENCE_BYTES) total += used;
          budget.settle(granted, used);
        }
        expect(total).toBeLessThanOrEqual(LIMITS.inlineOutputsTotalBytes);
      },
    ),
  );
});
