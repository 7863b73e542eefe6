import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberFault } from '../../../shared/domain/exact-number.ts';

describe('numberFault', () => {
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
  ])('tells that %s would become another integer', (text) => {
    expect(numberFault(text)).toBe('rounded');
  });

  it.each([
    '9007199254740990.7',
    '4503599627370497.5',
    '-4503599627370497.5',
    '9007199254740993.5',
    '12345678901234567.89',
    '0.99999999999999999999',
    '1.00000000000000000001',
    '900719925474099.07e1',
  ])('tells that %s is not whole and would become so', (text) => {
    expect(numberFault(text)).toBe('whole');
  });

  it.each([
    '1000000000000000000000',
    '1000000000000000000000.0',
    '-5000000000000000000000',
    '1e1000',
    '-1e309',
    '1'.repeat(400),
  ])('tells that %s is too long for an integer', (text) => {
    expect(numberFault(text)).toBe(Number.isFinite(Number(text)) ? 'exponent' : 'infinite');
  });

  it.each(['1e-400', '-1e-400', '0.1e-399', `0.${'0'.repeat(400)}1`, '2e-324', '12E-99999'])(
    'tells that %s would become 0',
    (text) => {
      expect(numberFault(text)).toBe('zero');
    },
  );

  it.each([
    '9007199254740991',
    '9007199254740992',
    '9007199254740992.000',
    '100000000000000000000',
    '1e300',
    '1e21',
    '1000000000000000000000e0',
    '6.02214076e23',
    '1152921504606847000',
    '0.1234567890123456789',
    '4503599627370495.5',
    '00000000000000000000',
    '1.00000000000000000000',
    '12345678901234567.8e-5',
    '0e5',
    '0e-400',
    '-0.000e999',
    '0.000',
    '5e-324',
    '1e-323',
    'not a number at all',
  ])('tells that %s is read as it is written', (text) => {
    expect(numberFault(text)).toBeNull();
  });

  it('agrees with BigInt about every text of digits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n }), (integer) => {
        expect(numberFault(`${integer}`) === null).toBe(String(Number(integer)) === `${integer}`);
      }),
    );
  });

  it('finds nothing in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(numberFault(JSON.stringify(value))).toBeNull();
      }),
    );
  });

  it('takes linear time', () => {
    expect(numberFault(`${'0'.repeat(1_000_000)}1`)).toBeNull();
    expect(numberFault(`0.${'0'.repeat(500_000)}1${'0'.repeat(500_000)}1`)).toBe('zero');
  });
});
