import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { jsonValues } from '../script/json-values.ts';
import { pythonIsThere, runFile, unavailable, write } from './project.ts';

describe.skipIf(!pythonIsThere)(`JSON through a Python function${unavailable}`, () => {
  beforeAll(() => write({ 'same.py': 'def same(input):\n    return input' }));

  it('comes back equal, whatever it holds', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(jsonValues, async (values) => {
        const output = await runFile({ script: 'same.py', function: 'same', input: JSON.parse(values) });
        expect(JSON.stringify(output)).toBe(values);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });

  it.concurrent.each(['true', 'false', '0', '-1.5', '""', '"text"', '"null"', '[]', '{}', 'null'])(
    'comes back by itself: %s',
    { timeout: 60_000 },
    async (json) => {
      await write({ 'one.py': 'import wf\ndef one(input):\n    return wf.output(input)' });
      await write({ 'alone.py': 'import wf\nwf.output(wf.input())' });
      const input = JSON.parse(json);
      expect(await runFile({ script: 'one.py', function: 'one', input })).toEqual(input);
      expect(await runFile({ script: 'alone.py', input })).toEqual(input);
      // None is what a function returns that returns nothing.
      if (input !== null) expect(await runFile({ script: 'same.py', function: 'same', input })).toEqual(input);
    },
  );

  it('is {} or what was given to output() when a function returns None', { timeout: 60_000 }, async () => {
    await write({ 'none.py': 'import wf\ndef none(input):\n    if input: wf.output({"given": 1})\n    return None' });
    expect(await runFile({ script: 'none.py', function: 'none', input: false })).toEqual({});
    expect(await runFile({ script: 'none.py', function: 'none', input: true })).toEqual({ given: 1 });
  });
});
