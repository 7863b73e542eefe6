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

  it.concurrent.each(['null', 'true', 'false', '0', '-1.5', '""', '"text"', '"null"', '[]', '{}'])(
    'comes back by itself: %s',
    { timeout: 60_000 },
    async (json) => {
      const input = JSON.parse(json);
      const returning = 'export const same = (input, wf) => { wf.output({ stale: 1 }); return input; };';
      expect(await run(returning, { function: 'same', input })).toEqual(input);
      const giving = 'export const same = (input, wf) => wf.output(input);';
      expect(await run(giving, { function: 'same', input })).toEqual(input);
      expect(await run(`import { input, output } from 'wf'; output(input());`, { input })).toEqual(input);
    },
  );

  it('is {} when a function returns undefined', async () => {
    expect(await run('export const nothing = () => undefined;', { function: 'nothing' })).toEqual({});
  });
});
