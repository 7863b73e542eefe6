import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSuggester, didYouMean, editDistance, listNames } from '../../../shared/domain/nearest.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['a', '', 1],
    ['steps', 'steps', 0],
    ['stpes', 'steps', 1],
    ['step', 'steps', 1],
    ['stteps', 'steps', 1],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
  ])('from %j to %j is %d', (a, b, distance) => {
    expect(editDistance(a, b, 10)).toBe(distance);
  });

  it('is symmetric, zero only for equals, and at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        const distance = editDistance(a, b, 100);
        expect(distance).toBe(editDistance(b, a, 100));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  it('says cutoff + 1 exactly when the distance exceeds the cutoff', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 10 }),
        fc.string({ maxLength: 10 }),
        fc.integer({ min: 0, max: 5 }),
        (a, b, cutoff) => {
          expect(editDistance(a, b, cutoff)).toBe(Math.min(editDistance(a, b, 100), cutoff + 1));
        },
      ),
    );
  });
});

describe('createSuggester', () => {
  const suggest = createSuggester(['steps', 'schedule', 'depends_on', 'tags', 'id']);

  it.each([
    ['stpes', 'steps'],
    ['Steps', 'steps'],
    ['shedule', 'schedule'],
    ['dependson', 'depends_on'],
    ['depends-on', 'depends_on'],
    ['tag', 'tags'],
    ['ID', 'id'],
  ])('finds for %j the name %j', (name, nearest) => {
    expect(suggest(name)).toBe(nearest);
  });

  it.each(['', 'xyz', 'notifications', 'tagstagstags', '__proto__'])('finds nothing near %j', (name) => {
    expect(suggest(name)).toBeNull();
  });

  it('prefers the nearest of several', () => {
    expect(createSuggester(['train_modal', 'train_model2', 'train_models'])('train_model2x')).toBe('train_model2');
  });

  it('ignores names that are too long to be mistyped', () => {
    expect(createSuggester(['a'.repeat(100_000)])('a'.repeat(99_999))).toBeNull();
  });

  it('stops after a bounded amount of work, whatever it is asked', () => {
    const long = createSuggester(Array.from({ length: 10_000 }, (_, index) => `${'a'.repeat(58)}${index}`));
    const answers = Array.from({ length: 1_000 }, () => long(`${'a'.repeat(58)}x1234`));
    expect(answers.at(-1)).toBeNull();
  });

  it('lists names up to a thousand characters, and says how many more there are', () => {
    expect(listNames(['echo', 'fail'])).toBe(' (known: echo, fail)');
    expect(listNames(['min_auc'], 'read')).toBe(' (read: min_auc)');
    expect(listNames([])).toBe(' (there are none)');
    const many = listNames(Array.from({ length: 400 }, (_, i) => `name_${100 + i}`));
    expect(many).toMatch(/^ \(known: name_100, .*, name_199 and 300 more\)$/);
    expect(listNames(['x'.repeat(5_000)]).length).toBeLessThan(1_020);
  });

  it('completes a message', () => {
    expect(didYouMean('steps')).toBe('; did you mean "steps"?');
    expect(didYouMean(null)).toBe('');
  });
});
