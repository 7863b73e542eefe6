const INTEGER = /^-?\d+$/;
/** Every decimal of up to this many digits survives the way through a double. */
const EXACT_DIGITS = 15;
/** From here on a double has all of its 53 bits. */
const SMALLEST_NORMAL = 2.2250738585072014e-308;
/** The most digits that a double can be asked for. */
const MAX_PRECISION = 100;

/** What becomes of a number as JSON writes it: `number`, `text` to keep its digits, `beyond` what a double can hold. */
export function numberFate(digits: string): 'number' | 'text' | 'beyond' {
  const value = Number(digits);
  if (INTEGER.test(digits)) return Number.isSafeInteger(value) ? 'number' : 'text';
  if (!Number.isFinite(value)) return 'beyond';
  if (String(value) === digits) return 'number';
  const written = significant(digits);
  if (value === 0) return written === '' ? 'number' : 'beyond';
  if (written.length <= EXACT_DIGITS && Math.abs(value) >= SMALLEST_NORMAL) return 'number';
  if (written.length > MAX_PRECISION) return 'text';
  return significant(value.toPrecision(written.length)) === written ? 'number' : 'text';
}

/** The digits of a number that tell it from another of its size. */
function significant(digits: string): string {
  return digits
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '');
}
