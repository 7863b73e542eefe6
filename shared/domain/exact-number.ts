/** The remedy of every message about an integer that a JSON number cannot hold. */
export const KEEP_AS_TEXT = `integers are exact up to ±${Number.MAX_SAFE_INTEGER}; keep larger ones as text`;

/** Digits, and the power of ten that they are multiplied by. */
const DECIMAL = /^[+-]?(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;
const HAS_EXPONENT = /e/i;

/** What reading a number as it is written would do to it. */
export type NumberFault =
  /** It is beyond the largest double. */
  | 'infinite'
  /** It is not 0 and would become 0 (`1e-400`). */
  | 'zero'
  /** It is whole and would become another integer (`9007199254740993`, `90071992547409930e-1`). */
  | 'rounded'
  /** It is not whole and would become an integer (`9007199254740990.7`). */
  | 'whole'
  /** It has no exponent and would be written with one (`1000000000000000000000`): no integer to those who read it then. */
  | 'exponent';

/** Null when a number is read as it is written. A fraction may be rounded to another one: that is what a double does. */
export function numberFault(text: string): NumberFault | null {
  // Any number of up to 15 digits comes out of a double as it went in, unless an exponent takes it out of range.
  if (text.length <= 15 && !HAS_EXPONENT.test(text)) return null;
  const written = decimalOf(text);
  if (!written) return null;
  const value = Number(text);
  if (!Number.isFinite(value)) return 'infinite';
  if (value === 0) return written.digits === '' ? null : 'zero';
  if (written.exponent < 0) return Number.isInteger(value) ? 'whole' : null;
  const read = decimalOf(String(value));
  if (read?.digits !== written.digits || read.exponent !== written.exponent) return 'rounded';
  return isWrittenAsInteger(value) || HAS_EXPONENT.test(text) ? null : 'exponent';
}

interface Decimal {
  /** Without zeros at either end; empty for zero. */
  digits: string;
  exponent: number;
}

function decimalOf(text: string): Decimal | null {
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const all = whole + fraction;
  const digits = withoutZerosAtEnd(all);
  if (digits === '') return { digits, exponent: 0 };
  const dropped = all.length - digits.length;
  return { digits: digits.replace(/^0+/, ''), exponent: Number(exponent) - fraction.length + dropped };
}

/** By hand: `/0+$/` takes quadratic time on zeros that are not at the end. */
function withoutZerosAtEnd(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end--;
  return digits.slice(0, end);
}

/**
 * Whether a number is an integer to those who read it as JSON. From 1e21 on it is written with an exponent, as the double
 * that it is.
 */
export const isWrittenAsInteger = (value: number): boolean => Number.isInteger(value) && Math.abs(value) < 1e21;
