import { describe, expect, it } from 'vitest';
import { createExpressions } from '../../../shared/domain/expressions.ts';
import type { JsonObject } from '../../../shared/schemas/json.ts';
import { evaluateText, sampleContext } from './expression-samples.ts';

const big = Array.from({ length: 10_000 }, (_, index) => index);
const expressions = createExpressions();

// Without its limit, each of these takes seconds, gigabytes or the whole stack: the suite's own time limit would catch it.
describe('expressions that would exhaust the process', () => {
  it.each<[string, string, JsonObject, string]>([
    ['nested comprehensions', 'parameters.big.map(a, parameters.big.map(b, a * b).size())', { big }, 'too much work'],
    ['a quadratic search', 'parameters.big.filter(a, parameters.big.exists(b, b == -1))', { big }, 'too much work'],
    [
      'more items than a comprehension takes',
      'parameters.big.map(a, a)',
      { big: [...big, 1] },
      'goes over 10001 items',
    ],
    ['lists that double', `[1]${'.map(a, [a, a])'.repeat(60)}`, {}, 'too much work'],
    ['lists that grow by concatenation', `[[1]]${'.map(a, a + a)'.repeat(60)}`, {}, 'too much work'],
    ['strings that double', `["xxxxxxxx"]${'.map(a, a + a)'.repeat(60)}`, {}, 'too much work'],
    [
      'equality of huge values',
      'parameters.big.map(a, parameters.big == parameters.copy)',
      { big, copy: [...big] },
      'too much work',
    ],
    [
      'a search that backtracks',
      'parameters.text.contains(parameters.part)',
      { text: 'a'.repeat(1_000_000), part: `${'a'.repeat(500_000)}b` },
      'too much work',
    ],
    [
      'a split into single characters',
      'parameters.text.split("").size()',
      { text: 'a'.repeat(8_000_000) },
      'too much work',
    ],
    [
      'a replacement that grows',
      'parameters.text.replace("a", parameters.text)',
      { text: 'a'.repeat(100_000) },
      'too much work',
    ],
    [
      'an error hidden by ||',
      'parameters.big.map(a, parameters.big.map(b, a * b)).size() == 0 || true',
      { big },
      'too much work',
    ],
    ['a long expression', `1${' + 1'.repeat(2_000)}`, {}, 'is over 4000 characters'],
    ['too many nodes', Array.from({ length: 1_500 }, () => '1').join('+'), {}, 'Exceeded maxAstNodes'],
    ['nesting in brackets', `${'['.repeat(1_500)}${']'.repeat(1_500)}`, {}, 'Exceeded maxDepth'],
    ['nesting in parentheses', `${'('.repeat(1_500)}1${')'.repeat(1_500)}`, {}, 'Exceeded maxDepth'],
    ['a long list', `[${'1,'.repeat(1_200)}1]`, {}, 'Exceeded max'],
  ])('are stopped: %s', (_title, source, parameters, message) => {
    expect(() => evaluateText(source, parameters)).toThrow(message);
  });

  it('evaluates a run of 1,900 signs without a deep stack', () => {
    expect(evaluateText(`${'-'.repeat(1_900)}1`)).toBe(1);
  });

  it('share one budget over a config', () => {
    const config = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`k${index}`, '${{ parameters.big.map(a, a + 1) }}']),
    );
    expect(() => expressions.resolve(config, sampleContext({ big }))).toThrow(/too much work|characters/);
  });

  it('cannot make a config that is larger than any output', () => {
    const config = { text: '${{ parameters.text }}'.repeat(300) };
    expect(() => expressions.resolve(config, sampleContext({ text: 'a'.repeat(100_000) }))).toThrow('characters');
  });

  it('are limited in number, and the rest is not read', () => {
    const { violations } = expressions.inspect({ a: '${{ nope }}'.repeat(20_000), b: '${{ nope }}' }, 'config');
    expect(violations.length).toBeLessThanOrEqual(1_001);
    expect(violations.at(-1)?.message).toBe('more than 1000 expressions in one config');
  });

  it.each([
    ['openings', '${{'],
    ['escapes', '$${{'],
    ['braces', '${{{'],
    ['quotes', '${{"'],
    ['triple quotes', "${{'''"],
    ['backslashes', '${{"\\'],
    ['calls', '${{ a('],
    ['empty expressions', '${{}}'],
  ])('are read in linear time: 256 KiB of %s', (_title, piece) => {
    const text = piece.repeat(Math.floor((256 * 1024) / piece.length));
    expect(expressions.inspect({ text }).violations.length).toBeLessThanOrEqual(1_001);
  });
});
