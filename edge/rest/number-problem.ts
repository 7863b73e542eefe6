import { isRoundedInteger } from '../../shared/domain/exact-number.ts';

/** Why JSON.parse would make another number of this one; null when it would not. */
export function numberProblem(digits: string): string | null {
  const value = Number(digits);
  if (Math.abs(value) === Number.POSITIVE_INFINITY) return 'the number is too large';
  if (!isRoundedInteger(digits)) return null;
  return `the integer has too many digits, it would become ${value}: write it as a string`;
}
