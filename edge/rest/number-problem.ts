import { numberFault } from '../../shared/domain/exact-number.ts';

/** Why JSON.parse would make another number of this one; null when it would not. */
export function numberProblem(digits: string): string | null {
  const fault = numberFault(digits);
  const value = Number(digits);
  switch (fault) {
    case null:
      return null;
    case 'infinite':
      return 'the number is too large';
    case 'zero':
      return 'the number is too small, it would become 0: write 0, or a string';
    case 'rounded':
      return `the integer has too many digits, it would become ${value}: write it as a string`;
    case 'whole':
      return `the number has too many digits, it would become the integer ${value}: round it, or write it as a string`;
    case 'exponent':
      return `the integer has too many digits, it would become ${value}: write it as a string, or as ${value} if a double is meant`;
    default:
      return fault satisfies never;
  }
}
