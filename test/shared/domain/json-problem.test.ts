import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonProblem } from '../../../shared/domain/json-problem.ts';

describe('jsonProblem', () => {
  it.each<[unknown, string, string]>([
    ['\ud83d', '', 'half of a surrogate pair'],
    [{ rows: [{ name: 'a\ude00b' }] }, 'rows.0.name', 'half of a surrogate pair'],
    [{ a: { '\udc00': 1 } }, 'a', 'the key "\ufffd" holds half of a surrogate pair'],
    [{ '\udc00': { x: 1 } }, '', 'the key "\ufffd"'],
    [{ a: [0, Number.NaN] }, 'a.1', 'NaN is no number in JSON'],
    [{ a: Number.NEGATIVE_INFINITY }, 'a', '-Infinity is no number in JSON'],
    [{ a: 1n }, 'a', 'bigint has no form in JSON'],
    [{ a: () => 1 }, 'a', 'function has no form in JSON'],
    [[Symbol('x')], '0', 'symbol has no form in JSON'],
    [[undefined], '0', 'undefined has no form in JSON'],
    [{ a: new Map([['x', 1]]) }, 'a', 'Map has no form in JSON'],
    [{ a: new Set([1]) }, 'a', 'Set has no form in JSON'],
    [{ a: new Uint8Array(2) }, 'a', 'Uint8Array has no form in JSON'],
    [{ a: { toJSON: () => Number.NaN } }, 'a', 'NaN is no number in JSON'],
  ])('finds in %o at "%s": %s', (value, path, reason) => {
    expect(jsonProblem(value)).toEqual({ path, reason: expect.stringContaining(reason) });
  });

  it('finds nothing in JSON, in absent members, dates and objects without prototype', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        expect(jsonProblem(value)).toBeNull();
      }),
    );
    expect(
      jsonProblem({ a: undefined, b: new Date(0), c: Object.assign(Object.create(null), { d: '\0' }) }),
    ).toBeNull();
  });
});
