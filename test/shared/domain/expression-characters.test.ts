import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExpressions } from '../../../shared/domain/expressions.ts';
import type { JsonValue } from '../../../shared/schemas/json.ts';
import { evaluateText, sampleContext } from './expression-samples.ts';

const HALF = /\p{Cs}/u;
/** Characters of one to four bytes, joined ones and such that no font has. */
const text = fc.string({
  unit: fc.constantFrom('a', 'ä', '€', '\ufffd', '😀', '👩‍🚀', '\u{10ffff}', '\0'),
  maxLength: 20,
});
const characters = (value: string) => Array.from(value);

describe('texts in expressions', () => {
  it.each<[string, JsonValue]>([
    ['"a😀b".substring(1, 2)', '😀'],
    ['"a😀b".substring(2)', 'b'],
    ['"a😀b".indexOf("b")', 2],
    ['"😀😀".lastIndexOf("😀")', 1],
    ['"a😀".indexOf("x")', -1],
    ['"😀".indexOf("")', 0],
    ['"a😀".lastIndexOf("")', 2],
    ['"a😀b".split("")', ['a', '😀', 'b']],
    ['"".split("")', []],
    ['"a😀".replace("", "-")', 'a-😀'],
    ['"😀".size() + size("👩‍🚀")', 4],
    ['"\ufffd" < "😀"', true],
    ['"a" < "ab"', true],
    ['"😀" <= "😀" && "😀" >= "😀"', true],
    ['"😂" > "😀"', true],
    ['"A😀Z".lowerAscii() + "a😀z".upperAscii()', 'a😀zA😀Z'],
    ['" 😀 ".trim()', '😀'],
  ])('%s is %j', (source, value) => {
    expect(evaluateText(source)).toEqual(value);
  });

  it('counts offsets in characters when it refuses them', () => {
    expect(() => evaluateText('"a😀".substring(3)')).toThrow('substring() needs offsets from 0 to 2, in order');
  });

  it.each([
    ['😀😀 ${{ parameters.x + }}', 23],
    ['😀${{ nope.x }}', 6],
    ['${{ "😀" + nope }}', 11],
    ['😀😀 ${{ 1 ', 4],
  ])('%j is refused with the place counted in characters', (value, at) => {
    const { violations } = createExpressions().inspect({ value });
    expect(violations.map(({ message }) => message)).toEqual([expect.stringMatching(`\\(at character ${at}\\)$`)]);
  });

  it('count their place in characters when a step runs, and where a config reads a step', () => {
    const expressions = createExpressions();
    const context = sampleContext({ x: 1 });
    expect(() => expressions.resolve({ value: '😀😀 ${{ parameters.x + "a" }}' }, context)).toThrow(
      /at character 8\)$/,
    );
    expect(expressions.inspect({ value: '😀😀 ${{ steps.a.output }}' }).references).toMatchObject([{ position: 7 }]);
  });

  it('are cut, split and searched by characters', () => {
    fc.assert(
      fc.property(text, fc.nat(20), fc.nat(20), (whole, a, b) => {
        const all = characters(whole);
        const [from, to] = [Math.min(a, b, all.length), Math.min(Math.max(a, b), all.length)];
        const part = evaluateText('parameters.whole.substring(parameters.from, parameters.to)', { whole, from, to });
        expect(part).toBe(all.slice(from, to).join(''));
        expect(evaluateText('size(parameters.whole)', { whole })).toBe(all.length);
        expect(evaluateText('parameters.whole.split("")', { whole })).toEqual(all);
        const at = evaluateText('parameters.whole.indexOf(parameters.part)', { whole, part });
        expect(all.slice(Number(at)).join('').startsWith(String(part))).toBe(true);
      }),
    );
  });

  it('never hold half a character, whatever is done with them', () => {
    const call = fc.constantFrom(
      'split(parameters.b).join("|")',
      'replace(parameters.b, "")',
      'substring(0, size(parameters.a) / 2 == 1 ? 1 : 0)',
      'split("").map(c, c + c).join("")',
      'trim()',
      'upperAscii()',
    );
    fc.assert(
      fc.property(text, text, call, (a, b, method) => {
        expect(evaluateText(`parameters.a.${method}`, { a, b })).not.toMatch(HALF);
      }),
    );
  });

  it('are ordered by code points', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        // UTF-8 keeps the order of code points.
        expect(evaluateText('parameters.a < parameters.b', { a, b })).toBe(
          Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0,
        );
      }),
    );
  });
});

describe('any JSON', () => {
  it('comes out of an expression as it went in, alone and inside text', () => {
    const json = fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.stringify(evaluateText('parameters.value', { value }))).toBe(JSON.stringify(value));
        expect(evaluateText('[parameters.value, {"k": parameters.value}]', { value })).toEqual([value, { k: value }]);
      }),
    );
  });
});
