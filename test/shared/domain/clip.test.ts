import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundaryBefore, clip, clipStart } from '../../../shared/domain/clip.ts';
import { byteLength, clipBytes } from '../../../shared/domain/clip-bytes.ts';

const HALF = /\p{Cs}/u;
const text = fc.string({ unit: 'grapheme', maxLength: 60 });
const limit = fc.nat(80);

describe('clip', () => {
  it.each([
    ['abc', 3, '', 'abc'],
    ['abcd', 3, '', 'abc'],
    ['aa😀', 3, '', 'aa'],
    ['aa😀', 4, '', 'aa😀'],
    ['a😀😀', 4, '', 'a😀'],
    ['abcdef', 4, '…', 'abc…'],
    ['ab😀ef', 4, '…', 'ab…'],
    ['😀', 1, '', ''],
    ['abc', 0, '', ''],
  ])('makes of %j within %i units and with the mark %j %j', (whole, units, mark, kept) => {
    expect(clip(whole, units, mark)).toBe(kept);
  });

  it('keeps the longest beginning that ends with a whole character', () => {
    fc.assert(
      fc.property(text, limit, (whole, units) => {
        const kept = clip(whole, units);
        expect(whole.startsWith(kept)).toBe(true);
        expect(kept.length).toBeLessThanOrEqual(units);
        expect(kept).not.toMatch(HALF);
        if (kept !== whole) expect(kept.length).toBeGreaterThanOrEqual(units - 1);
      }),
    );
  });
});

describe('clipStart', () => {
  it('keeps the longest end that begins with a whole character', () => {
    fc.assert(
      fc.property(text, limit, (whole, units) => {
        const kept = clipStart(whole, units);
        expect(whole.endsWith(kept)).toBe(true);
        expect(kept.length).toBeLessThanOrEqual(units);
        expect(kept).not.toMatch(HALF);
        if (kept !== whole) expect(kept.length).toBeGreaterThanOrEqual(units - 1);
      }),
    );
  });

  it('puts the mark before what it keeps', () => {
    expect(clipStart('abc😀ef', 5, '…')).toBe('…😀ef');
    expect(clipStart('abc😀ef', 4, '…')).toBe('…ef');
  });
});

describe('clipBytes', () => {
  it('keeps the longest beginning whose UTF-8 is within the limit', () => {
    fc.assert(
      fc.property(text, limit, (whole, bytes) => {
        const kept = clipBytes(whole, bytes);
        expect(whole.startsWith(kept)).toBe(true);
        expect(byteLength(kept)).toBeLessThanOrEqual(bytes);
        expect(kept).not.toMatch(HALF);
        if (kept !== whole) expect(byteLength(kept)).toBeGreaterThan(bytes - 4);
      }),
    );
  });

  it('counts the mark', () => {
    expect(clipBytes('ääääää', 10, ' …')).toBe('äää …');
    expect(clipBytes('äääää', 10, ' …')).toBe('äääää');
  });
});

describe('boundaryBefore', () => {
  it('steps back from the middle of a character alone', () => {
    expect([0, 1, 2, 3, 4].map((index) => boundaryBefore('a😀b', index))).toEqual([0, 1, 1, 3, 4]);
  });
});
