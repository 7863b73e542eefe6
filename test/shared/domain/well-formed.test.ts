import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readableJson, wellFormed } from '../../../shared/domain/well-formed.ts';

const HALF = /\p{Cs}/u;
/** Text that may hold halves, as JSON with escapes does. */
const anyText = fc.string({ unit: fc.constantFrom('a', '\ud83d', '\ude00', '😀', '\ufffd'), maxLength: 8 });

describe('wellFormed', () => {
  it.each([
    ['a\ud83d', 'a\ufffd'],
    ['\ude00\ud83d', '\ufffd\ufffd'],
    ['\ud83d\ud83d\ude00', '\ufffd😀'],
    ['a😀\0', 'a😀\0'],
  ])('makes of %j %j', (text, whole) => {
    expect(wellFormed(text)).toBe(whole);
  });

  it('is what UTF-8 makes of it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(wellFormed(text)).toBe(new TextDecoder().decode(new TextEncoder().encode(text)));
      }),
    );
  });
});

describe('readableJson', () => {
  it.each([
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    [9007199254740993n, '9007199254740993'],
    [{ a: [Number.POSITIVE_INFINITY, 'x\udc00'] }, { a: ['Infinity', 'x\ufffd'] }],
    [{ a: undefined, b: () => 1, c: [undefined] }, { c: [null] }],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [undefined, null],
    [
      { '\ud83d': 1, '\ud83e': 2, '\ufffd': 3 },
      { '\ufffd\ufffd': 1, '\ufffd\ufffd\ufffd': 2, '\ufffd': 3 },
    ],
  ])('shows %o as %o', (value, shown) => {
    expect(readableJson(value)).toEqual(shown);
  });

  it('keeps a key named __proto__ as data', () => {
    expect(JSON.stringify(readableJson(JSON.parse('{"__proto__": {"x": "\\ud83d"}}')))).toBe(
      '{"__proto__":{"x":"\ufffd"}}',
    );
  });

  it('leaves JSON without halves as it is, and no half in any other', () => {
    const json = fc.jsonValue({ stringUnit: 'binary' });
    fc.assert(
      fc.property(json, (value) => {
        expect(readableJson(value)).toEqual(value);
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText, { maxKeys: 6 }), (value) => {
        const shown = readableJson(value);
        expect(Object.keys(shown ?? {})).toHaveLength(Object.keys(value).length);
        for (const text of Object.entries(shown ?? {}).flat()) expect(text).not.toMatch(HALF);
      }),
    );
  });
});
