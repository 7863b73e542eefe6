import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonValues } from '../script/json-values.ts';
import { pythonIsThere, runFile, unavailable, write } from './project.ts';

describe.skipIf(!pythonIsThere)(`JSON through a Python function${unavailable}`, () => {
  it('comes back equal, whatever it holds', { timeout: 60_000 }, async () => {
    await write({ 'same.py': 'def same(input):\n    return input' });
    await fc.assert(
      fc.asyncProperty(jsonValues, async (values) => {
        const output = await runFile({ script: 'same.py', function: 'same', input: JSON.parse(values) });
        expect(JSON.stringify(output)).toBe(values);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });
});
