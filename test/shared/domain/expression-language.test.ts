import { describe, expect, it } from 'vitest';
import { createExpressions } from '../../../shared/domain/expressions.ts';
import type { JsonValue } from '../../../shared/schemas/json.ts';
import { evaluateText } from './expression-samples.ts';

describe('the expression language', () => {
  it.each<[string, JsonValue]>([
    ['1 + 1', 2],
    ['1 + 0.5', 1.5],
    ['parameters.limit + 1', 11],
    ['1 + parameters.limit', 11],
    ['parameters.limit * 2 - 1', 19],
    ['7 / 2', 3.5],
    ['parameters.limit / 4', 2.5],
    ['7 % 4', 3],
    ['-parameters.limit', -10],
    ['2 + 3 * 4', 14],
    ['(2 + 3) * 4', 20],
    ['0x10', 16],
    ['1e3', 1000],
    ['"a" + \'b\'', 'ab'],
    ['[1] + [2, "x"]', [1, 2, 'x']],
    ['[1, "mixed", null, true]', [1, 'mixed', null, true]],
    ['{"k": 1, "l": [2]}', { k: 1, l: [2] }],
    ['1 == 1.0', true],
    ['1 == "1"', false],
    ['null == parameters.nothing', true],
    ['[1, {"a": [2]}] == [1, {"a": [2.0]}]', true],
    ['{"a": 1} == {"b": 1}', false],
    ['"a" != "b"', true],
    ['1 < 2.5', true],
    ['"a" < "b"', true],
    ['2 >= 2', true],
    ['3 > 4 || 1 <= 0', false],
    ['true && !false', true],
    ['parameters.flag ? "yes" : "no"', 'yes'],
    ['false ? parameters.missing : 1', 1],
    ['2 in [1, 2]', true],
    ['"limit" in parameters', true],
    ['"toString" in parameters', false],
    ['parameters.missing == 1 || true', true],
    ['true || parameters.missing == 1', true],
    ['parameters.missing == 1 && false', false],
    ['has(parameters.limit)', true],
    ['has(parameters.missing)', false],
    ['has(parameters.nothing.deep)', false],
    ['has(parameters.missing) ? parameters.missing : "default"', 'default'],
    ['size("a😀")', 2],
    ['size([1, 2, 3])', 3],
    ['{"a": 1}.size()', 1],
    ['parameters.list.size() / 2', 1.5],
    ['string(1.5) + string(true) + string("x")', '1.5truex'],
    ['int("42") + int(3.9) + int(-3.9)', 42],
    ['double("1.5e1")', 15],
    ['bool("true")', true],
    ['"churn".contains("ur")', true],
    ['"churn".startsWith("ch") && "churn".endsWith("rn")', true],
    ['"ABcd".lowerAscii() + "ABcd".upperAscii()', 'abcdABCD'],
    ['"  x ".trim()', 'x'],
    ['"a,b,c".split(",")', ['a', 'b', 'c']],
    ['["a", "b"].join("-") + ["a", "b"].join()', 'a-bab'],
    ['"a.b.c".replace(".", "/")', 'a/b/c'],
    ['"hello".substring(1) + "hello".substring(0, 1)', 'elloh'],
    ['execution.created_at.substring(0, 10)', '2026-01-15'],
    ['"abcabc".indexOf("c") + "abcabc".lastIndexOf("c")', 7],
    ['parameters.list.map(x, x * 2)', [6, 2, 4]],
    ['parameters.list.map(x, x > 1, x * 2)', [6, 4]],
    ['parameters.list.filter(x, x > 1)', [3, 2]],
    ['parameters.list.all(x, x > 0)', true],
    ['parameters.list.exists(x, x > 2)', true],
    ['parameters.list.exists_one(x, x > 1)', false],
    ['{"b": 1, "a": 2}.map(key, key)', ['b', 'a']],
    ['[[1, 2], [3]].map(row, row.map(x, x + row.size()))', [[3, 4], [4]]],
    ['steps.extract.output.rows.map(r, r.score)[1]', 0.75],
    ['steps.extract.output["name"]', 'churn'],
    ['parameters.list[0] + parameters.list[2]', 5],
    ['1 + // a comment\n 2', 3],
  ])('evaluates %s', (source, value) => {
    expect(evaluateText(source)).toEqual(value);
  });

  it.each([
    ['1 + true', '"+" cannot take a number and a bool'],
    ['"a" * 2', '"*" cannot take a string and a number'],
    ['[1] < [2]', '"<" cannot take a list and a list'],
    ['1 in 2', '"in" cannot take a number and a number'],
    ['1 && true', 'needs true or false, not a number'],
    ['parameters.missing == 1 && true', 'has no member "missing"'],
    ['!1', 'needs true or false, not a number'],
    ['-"a"', '"-" needs a number, not a string'],
    ['"a" ? 1 : 2', 'needs true or false, not a string'],
    ['5 % 0', 'division by zero'],
    ['parameters.list[-1]', 'there is no -1'],
    ['parameters.list[0.5]', 'there is no 0.5'],
    ['parameters[1]', 'the key of a map must be a string, not a number'],
    ['{1: 2}', 'the key of a map must be a string, not a number'],
    ['size(1)', 'size() needs a string, list or map, not a number'],
    ['string([1])', 'string() cannot turn a list into a string'],
    ['int("x")', 'int() cannot turn this string into int'],
    ['int("1.5")', 'int() cannot turn this string into int'],
    ['double("")', 'double() cannot turn this string into double'],
    ['bool("yes")', 'bool() cannot turn this string into bool'],
    ['(1).contains("a")', 'contains() needs a string, not a number'],
    ['"a".substring(2)', 'substring() needs offsets from 0 to 1, in order'],
    ['[1].join()', 'join() needs a string, not a number'],
    ['[1].map(x, y)', 'unknown name "y"'],
    ['[1].filter(x, x)', 'filter() needs true or false per item, not a number'],
    ['(1).map(x, x)', 'map() needs a list or a map, not a number'],
  ])('refuses %s', (source, message) => {
    expect(() => evaluateText(source)).toThrow(message);
  });
});

describe('a key given twice in a map', () => {
  it.each([
    ['{"a": 1, "a": 2}', 9],
    ['{"a": 1, "b": {"c": 1, \'c\': 1}}', 23],
    ['[1].map(x, {"a": x, "a": x})', 20],
    ['{"": 1, "": 2}', 8],
  ])('is refused at create where it is written out: %s', (source, at) => {
    const { violations } = createExpressions().inspect({ value: `\${{${source}}}` });
    expect(violations).toMatchObject([{ message: expect.stringMatching(/the key ".*" is given twice/) }]);
    expect(violations[0]?.message).toContain(`(at character ${at + 4})`);
  });

  it.each(['{"a": 1, "" + "a": 2}', '{parameters.word: 1, "churn": 2}', '["x", "x"].map(k, {k: 1, "x": 2})'])(
    'is an error when the step runs where it is computed: %s',
    (source) => {
      expect(() => evaluateText(source)).toThrow(/the key ".*" is given twice/);
    },
  );

  it('is none in another map', () => {
    expect(evaluateText('[{"a": 1}, {"a": {"a": 2}}]')).toEqual([{ a: 1 }, { a: { a: 2 } }]);
  });
});
