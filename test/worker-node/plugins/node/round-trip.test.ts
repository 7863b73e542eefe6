import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonValues } from '../script/json-values.ts';
import { run } from './project.ts';

describe('JSON through a Node function', () => {
  it('comes back equal, whatever it holds', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(jsonValues, async (values) => {
        const source = 'export const same = (input) => input;';
        const output = await run(source, { function: 'same', input: JSON.parse(values) });
        expect(JSON.stringify(output)).toBe(values);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });
});
