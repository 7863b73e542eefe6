import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExpressions } from '../../../shared/domain/expressions.ts';
import type { JsonValue } from '../../../shared/schemas/json.ts';
import { evaluateText } from './expression-samples.ts';

const REMEDY = 'integers are exact up to ±9007199254740991; keep larger ones as text';

describe('integers in expressions', () => {
  it.each<[string, JsonValue]>([
    ['int("9007199254740991")', 9007199254740991],
    ['int("-9007199254740991")', -9007199254740991],
    ['int("+0000000000000000000000007")', 7],
    ['9007199254740990 + 1', 9007199254740991],
    ['9007199254740990.0 + 1', 9007199254740991],
    ['9007199254740991 - 9007199254740991', 0],
    ['-9007199254740990 - 1', -9007199254740991],
    ['94906265 * 94906265', 9007199136250225],
    ['9007199254740991 % 10', 1],
    ['0x1FFFFFFFFFFFFF', 9007199254740991],
    ['string(9007199254740991)', '9007199254740991'],
    ['[1, 2, 3][1.0]', 2],
    ['int(9007199254740991 / 2)', 4503599627370495],
    ['parameters.id', '9007199254740993'],
    ['parameters.id == "9007199254740993"', true],
    ['parameters.id == 9007199254740991', false],
    ['"id " + parameters.id', 'id 9007199254740993'],
  ])('%s is %j', (source, value) => {
    expect(evaluateText(source, { id: '9007199254740993' })).toBe(value);
  });

  it.each([
    'int("9007199254740992")',
    'int("9007199254740993")',
    'int("-9007199254740993")',
    'int("1234567890123456")+9000000000000000',
    'int("12345678901234567")',
    'int("18446744073709551615")',
    'int("99999999999999999999999999999999999999")',
    `int("${'9'.repeat(500)}")`,
    'int(parameters.id)',
    'int(double("9007199254740993"))',
    'int(1e300)',
    'int(parameters.big)',
    '9007199254740991 + 1',
    '9007199254740991 + 2',
    '9007199254740991.0 + 2',
    '9007199254740991 + 2.0',
    '9007199254740991 * 2',
    '94906267 * 94906267',
    '3 * -3002399751580331',
    '-9007199254740991 - 1',
    '-9007199254740991 - 2',
    'parameters.big + 1',
    'parameters.big % 10',
    'double("9007199254740993") + 1',
    'string(9007199254740991 + 2)',
    '[9007199254740991, 1].map(x, x + 2)[0]',
    '{"a": 9007199254740991 + 2}',
  ])('%s is refused with the remedy', (source) => {
    expect(() => evaluateText(source, { id: '9007199254740993', big: 10_000_000_000_000_000 })).toThrow(REMEDY);
  });

  it.each([
    ['int("18446744073709551615")', 'int() cannot make an exact integer of "18446744073709551615"'],
    ['9007199254740991 + 2', '9007199254740991 + 2 cannot be calculated exactly'],
  ])('%s is refused with its digits', (source, message) => {
    expect(() => evaluateText(source)).toThrow(message);
  });

  it.each([
    '9007199254740993',
    '9007199254740993.0',
    '9007199254740993e0',
    '90071992547409930e-1',
    '18446744073709551615',
    '0x20000000000001',
    '-9007199254740993',
    '1000000000000000000000',
    '1000000000000000000000.0',
  ])('refuses the literal %s at create', (literal) => {
    const { violations } = createExpressions().inspect({ value: `\${{ ${literal} }}` });
    expect(violations).toMatchObject([{ message: expect.stringContaining(`is too large: ${REMEDY}`) }]);
  });

  it.each([
    ['int(9007199254740990.7)', '9007199254740990.7 would become 9007199254740991'],
    ['4503599627370497.5', '4503599627370497.5 would become 4503599627370498'],
    ['12345678901234567.89 > 0', '12345678901234567.89 would become 12345678901234568'],
    ['1e-400', '1e-400 would become 0'],
    ['-1e-400 == 0', '1e-400 would become 0'],
  ])('refuses %s at create: a literal reads as it is written', (source, message) => {
    const { violations } = createExpressions().inspect({ value: `\${{ ${source} }}` });
    expect(violations).toMatchObject([
      { message: expect.stringContaining(`the number ${message}: write that, or keep it as text`) },
    ]);
  });

  it.each(['+', '-', '*', '%'])(
    'a %s b is what BigInt makes of them, or refused because it is beyond 2^53',
    (operator) => {
      const integer = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -100_000_000, max: 100_000_000 }), fc.nat(1_000));
      fc.assert(
        fc.property(integer, integer, (a, b) => {
          fc.pre(operator !== '%' || b !== 0);
          const exact = calculate(operator, BigInt(a), BigInt(b));
          const outcome = attempt(`parameters.a ${operator} parameters.b`, { a, b });
          if (Number.isSafeInteger(Number(exact))) expect(BigInt(outcome as number)).toBe(exact);
          else expect(outcome).toContain(REMEDY);
        }),
      );
    },
  );

  it('int() gives back the digits of a text, or refuses them', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }), (integer) => {
        const outcome = attempt('int(parameters.text)', { text: `${integer}` });
        if (Number.isSafeInteger(Number(integer))) expect(`${outcome}`).toBe(`${integer}`);
        else expect(outcome).toContain(`"${integer}": ${REMEDY}`);
      }),
    );
  });
});

describe('fractions in expressions', () => {
  it.each<[string, JsonValue]>([
    ['double("9007199254740993")', 9007199254740992],
    ['0.1 + 0.2', 0.30000000000000004],
    ['1e16 * 1.5', 1.5e16],
    ['6.02214076e23 * 2', 1.204428152e24],
    ['1e300 * 10', 1e301],
    ['9007199254740991 / 2', 4503599627370495.5],
    ['double("1000000000000000000000")', 1e21],
    ['double("0e5")', 0],
    ['double("0.000")', 0],
    ['0e5 + 0.000', 0],
    ['double("5e-324")', 5e-324],
    ['1e21 + 1', 1e21],
  ])('%s is the nearest double %d', (source, value) => {
    expect(evaluateText(source)).toBe(value);
  });

  it.each(['1e308 * 10', '1e308 + 1e308', '-1e308 - 1e308', '1e308 / 0.1', '1 / (1e308 * 10)', '1e308 * 10 > 5'])(
    '%s is refused, being beyond the largest number',
    (source) => {
      expect(() => evaluateText(source)).toThrow('is beyond the largest number');
    },
  );

  it.each([
    ['double("1e-400")', 'double() would make 0 of "1e-400": round it first, or keep it as text'],
    ['double("-0.1e-399")', 'would make 0 of "-0.1e-399"'],
    ['double("4503599627370497.5")', 'double() would make 4503599627370498 of "4503599627370497.5"'],
    ['double("0.99999999999999999999")', 'double() would make 1 of "0.99999999999999999999"'],
    ['int("4503599627370497.5")', 'int() cannot turn this string into int'],
  ])('%s is refused: %s', (source, message) => {
    expect(() => evaluateText(source)).toThrow(message);
  });

  it.each(['0 / 0', '1 / 0', '0.0 / 0.0', '1 % 0', 'double("1e400")', 'double("NaN")', 'double("Infinity")', '1e400'])(
    '%s is refused, never null',
    (source) => {
      expect(() => evaluateText(source)).toThrow(/division by zero|cannot turn|Invalid number/);
    },
  );
});

function calculate(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    default:
      return a % b;
  }
}

/** The value, or the message of the error. */
function attempt(source: string, parameters: Record<string, JsonValue>): JsonValue {
  try {
    return evaluateText(source, parameters);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
