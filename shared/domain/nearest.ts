import { clip } from './clip.ts';

/** Longer names are never compared: nobody mistypes them by a letter, and their cost would be the caller's choice. */
const MAX_LENGTH = 64;
/** Table cells that one suggester computes in its life; after them it has no suggestions. A hint is a courtesy. */
const WORK = 1_000_000;

/**
 * Finds, for a name that is unknown, the one among `candidates` that was probably meant; null when none is near.
 * Near is up to a third of the name's characters, at most three, wrong, missing, extra or swapped with their neighbour.
 * The work over all calls of one suggester is bounded.
 */
export function createSuggester(candidates: Iterable<string>): (name: string) => string | null {
  const names = [...candidates].filter((name) => name.length <= MAX_LENGTH);
  let work = WORK;
  return (name) => {
    if (name.length > MAX_LENGTH) return null;
    let cutoff = Math.min(3, Math.floor(name.length / 3));
    let best: string | null = null;
    for (const candidate of names) {
      if (work <= 0) break;
      if (Math.abs(candidate.length - name.length) > cutoff) continue;
      work -= name.length * candidate.length;
      const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), cutoff);
      if (distance > cutoff || candidate === name) continue;
      best = candidate;
      if (distance === 0) break;
      cutoff = distance - 1;
    }
    return best;
  };
}

/** `; did you mean "steps"?`, or nothing: the end of a message about an unknown name. */
export function didYouMean(suggestion: string | null): string {
  return suggestion === null ? '' : `; did you mean "${suggestion}"?`;
}

/** Characters of known names that a message lists; there is always one. */
const LISTED_CHARACTERS = 1_000;

/** ` (known: echo, fail)`, or that there are none: what follows a name that is unknown. `word` says what they are. */
export function listNames(names: readonly string[], word = 'known'): string {
  if (names.length === 0) return ' (there are none)';
  let left = LISTED_CHARACTERS;
  const end = names.findIndex((name, index) => {
    left -= name.length + 2;
    return left < 0 && index > 0;
  });
  const listed = end === -1 ? names : names.slice(0, end);
  const more = names.length === listed.length ? '' : ` and ${names.length - listed.length} more`;
  return ` (${word}: ${listed.map((name) => clip(name, LISTED_CHARACTERS, '…')).join(', ')}${more})`;
}

/** Damerau–Levenshtein distance (optimal string alignment); `cutoff + 1` as soon as it must exceed `cutoff`. */
export function editDistance(a: string, b: string, cutoff: number): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, at(beforePrevious, column - 2) + 1);
      current.push(cost);
    }
    if (Math.min(...current) > cutoff) return cutoff + 1;
    [beforePrevious, previous] = [previous, current];
  }
  return Math.min(at(previous, b.length), cutoff + 1);
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;
