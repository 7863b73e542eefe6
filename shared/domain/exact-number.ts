/** The remedy of every message about an integer that a JSON number cannot hold. */
export const KEEP_AS_TEXT = `integers are exact up to ±${Number.MAX_SAFE_INTEGER}; keep larger ones as text`;

/** Digits, and the power of ten that they are multiplied by. */
const DECIMAL = /^[+-]?(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;

/**
 * Whether a number as it is written (`9007199254740993`, `9007199254740993.0`, `90071992547409930e-1`) is whole and would be
 * read as another one. A fraction may be rounded: that is what a double does. False for what is no decimal number.
 */
export function isRoundedInteger(text: string): boolean {
  // Any number of up to 15 digits comes out of a double as it went in.
  if (text.length <= 15) return false;
  const written = decimalOf(text);
  if (!written || written.exponent < 0) return false;
  const read = decimalOf(String(Number(text)));
  return read?.digits !== written.digits || read.exponent !== written.exponent;
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
