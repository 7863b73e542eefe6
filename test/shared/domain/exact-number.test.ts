import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRoundedInteger } from '../../../shared/domain/exact-number.ts';

describe('isRoundedInteger', () => {
  it.each([
    '9007199254740993',
    '-9007199254740993',
    '9007199254740993.0',
    '9007199254740993.',
    '9007199254740993e0',
    '9.007199254740993e15',
    '90071992547409930e-1',
    '000009007199254740993',
    '18446744073709551615',
    '1152921504606846976',
    '123456789012345678901e5',
    '1'.repeat(400),
  ])('tells that %s would become another integer', (text) => {
    expect(isRoundedInteger(text)).toBe(true);
  });

  it.each([
    '9007199254740991',
    '9007199254740992',
    '9007199254740992.000',
    '100000000000000000000',
    '1e300',
    '6.02214076e23',
    '1152921504606847000',
    '0.1234567890123456789',
    '9007199254740993.5',
    '00000000000000000000',
    '1.00000000000000000000',
    '12345678901234567.8e-5',
    'not a number at all',
  ])('tells that %s would not', (text) => {
    expect(isRoundedInteger(text)).toBe(false);
  });

  it('agrees with BigInt about every text of digits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (integer) => {
        expect(isRoundedInteger(`${integer}`)).toBe(String(Number(integer)) !== `${integer}`);
      }),
    );
  });

  it('takes linear time', () => {
    expect(isRoundedInteger(`${'0'.repeat(1_000_000)}1`)).toBe(false);
    expect(isRoundedInteger(`1${'0'.repeat(500_000)}1${'0'.repeat(500_000)}1`)).toBe(true);
  });
});
