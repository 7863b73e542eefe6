import type { BinaryOperator } from '@marcbachmann/cel-js';
import type { JsonValue } from '../schemas/json.ts';
import { isWrittenAsInteger, KEEP_AS_TEXT } from './exact-number.ts';
import { typeName } from './expression-functions.ts';
import type { ExpressionError, Meter } from './expression-limits.ts';
import { compareTexts } from './expression-text.ts';

interface OperatorContext {
  meter: Meter;
  fail: (message: string) => ExpressionError;
}

/** Applies a binary operator other than `&&` and `||`. */
export function evaluateOperator(
  operator: BinaryOperator,
  left: JsonValue,
  right: JsonValue,
  { meter, fail }: OperatorContext,
): JsonValue {
  const mismatch = () => fail(`"${operator}" cannot take ${typeName(left)} and ${typeName(right)}`);
  switch (operator) {
    case '==':
      return equal(left, right, meter);
    case '!=':
      return !equal(left, right, meter);
    case 'in':
      if (Array.isArray(right)) return right.some((item) => equal(left, item, meter));
      if (typeof left === 'string' && typeof right === 'object' && right !== null) return Object.hasOwn(right, left);
      throw mismatch();
    case '+': {
      const joined = concatenate(left, right, meter);
      if (joined !== null) return joined;
    }
  }
  if (typeof left === 'number' && typeof right === 'number') return calculate(operator, left, right, fail);
  if (typeof left === 'string' && typeof right === 'string') {
    meter.work(Math.min(left.length, right.length));
    const order = compare(operator, compareTexts(left, right), 0);
    if (order !== null) return order;
  }
  throw mismatch();
}

function concatenate(left: JsonValue, right: JsonValue, meter: Meter): JsonValue | null {
  if (typeof left === 'string' && typeof right === 'string') {
    meter.work(left.length + right.length);
    return left + right;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    meter.work(2 * (left.length + right.length));
    return [...left, ...right];
  }
  return null;
}

function calculate(operator: BinaryOperator, left: number, right: number, fail: OperatorContext['fail']): JsonValue {
  switch (operator) {
    case '+':
      return exact(left + right);
    case '-':
      return exact(left - right);
    case '*':
      return exact(left * right);
    case '/':
    case '%':
      if (right === 0) throw fail('division by zero');
      return operator === '/' ? finite(left / right) : exact(left % right);
    default: {
      const order = compare(operator, left, right);
      if (order === null) throw fail(`unknown operator "${operator}"`);
      return order;
    }
  }

  /** What integers make is exact or an error; what fractions make is the nearest double. */
  function exact(result: number): number {
    const integers = isWrittenAsInteger(left) && isWrittenAsInteger(right);
    if (!integers || [left, right, result].every(Number.isSafeInteger)) return finite(result);
    throw fail(
      `${left} ${operator} ${right} cannot be calculated exactly: ${KEEP_AS_TEXT}, or calculate with a script or SQL`,
    );
  }

  function finite(result: number): number {
    if (Number.isFinite(result)) return result;
    throw fail(`${left} ${operator} ${right} is beyond the largest number`);
  }
}

/** Null when `operator` does not compare. */
function compare(operator: BinaryOperator, left: number, right: number): boolean | null {
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return null;
  }
}

/** Deep equality of JSON values; values of different types are unequal. */
function equal(left: JsonValue, right: JsonValue, meter: Meter): boolean {
  meter.work(10);
  if (typeof left === 'string' && typeof right === 'string') {
    if (left.length !== right.length) return false;
    meter.work(left.length);
    return left === right;
  }
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => equal(item, right[index] ?? null, meter));
  }
  const keys = Object.keys(left);
  meter.work(keys.length);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && equal(left[key] ?? null, right[key] ?? null, meter));
}
