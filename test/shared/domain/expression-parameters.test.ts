import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkParameters } from '../../../shared/domain/check-parameters.ts';
import { createExpressions } from '../../../shared/domain/expressions.ts';
import { AppError } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/schemas/json.ts';
import { sampleContext } from './expression-samples.ts';

const expressions = createExpressions();

/** Paths of the parameters that the expression cannot do without, when `given` are there. */
function lacking(source: string, given: JsonObject = {}): string[] {
  const { parameters, violations } = expressions.inspect({ value: `\${{ ${source} }}` }, 'config');
  expect(violations).toEqual([]);
  return checkParameters([{ reader: 'a', parameters }], given).map(({ path }) => path);
}

const A = 'parameters.a';
const B = 'parameters.b';

describe('a parameter that is read', () => {
  it.each<[string, string[], JsonObject?]>([
    [A, [A]],
    ['parameters["a"]', [A]],
    ['(parameters).a', [A]],
    ['"x" + parameters.a + parameters.b', [A, B]],
    ['[parameters.a, {"k": parameters.b}]', [A, B]],
    ['-parameters.a', [A]],
    ['!parameters.a', [A]],
    ['size(parameters.a)', [A]],
    ['parameters.a.split(parameters.b)', [A, B]],
    ['[1].map(x, x + parameters.a)', [A]],
    ['parameters.a[parameters.b]', [A, B]],
    ['steps.one.output[parameters.a]', [A]],
    ['parameters.a == 1 || true', [A]],
    [A, [], { a: null }],
    ['parameters.__proto__', ['parameters.__proto__']],
    ['parameters.constructor', ['parameters.constructor']],
    ['parameters["my-key"]', ['parameters.my-key']],
  ])('%s lacks %j', (source, expected, given = {}) => {
    expect(lacking(source, given)).toEqual(expected);
  });

  it.each([
    'has(parameters.a) ? parameters.a : 1',
    '!has(parameters.a) ? 1 : parameters.a',
    '!(!has(parameters.a)) ? parameters.a : 1',
    'has(parameters.a) && parameters.a > 1',
    '!has(parameters.a) || parameters.a > 1',
    'has(parameters.a) && has(parameters.b) ? parameters.a + parameters.b : 1',
    'has(parameters.a) && (has(parameters.b) && parameters.a == parameters.b)',
    '!has(parameters.a) || !has(parameters.b) ? 1 : parameters.a + parameters.b',
    '!(!has(parameters.a) || !has(parameters.b)) ? parameters.a + parameters.b : 1',
    '"a" in parameters ? parameters.a : 1',
    '"a" in parameters ? parameters["a"] : 1',
    'has(parameters.a) ? parameters["a"] : 1',
    '!("a" in parameters) ? 1 : parameters.a',
    '"a" in parameters && parameters.a == 1',
    'has(parameters.a) == true ? parameters.a : 1',
    'false == has(parameters.a) ? 1 : parameters.a',
    'has(parameters.a) != true ? 1 : parameters.a',
    '(has(parameters.a) ? true : false) ? parameters.a : 1',
    '(has(parameters.a) ? has(parameters.b) : false) ? parameters.a + parameters.b : 1',
    '(has(parameters.a) || has(parameters.a) && has(parameters.b)) ? parameters.a : 1',
    'has(parameters.a) ? (has(parameters.b) ? parameters.b : parameters.a) : 1',
    'has(parameters.a) ? [1].map(x, x + parameters.a) : []',
    '[1].all(x, has(parameters.a) ? parameters.a == x : true)',
    '[[{"k": has(parameters.a) ? parameters.a : 1}]]',
    'has(parameters.a) ? size(string(parameters.a)) : 0',
    'has(parameters.a) && has(parameters.a.b) ? parameters.a.b : 1',
  ])('may be absent where a test said that it is there: %s', (source) => {
    expect(lacking(source)).toEqual([]);
  });

  it.each<[string, string[]]>([
    ['has(parameters.a) ? 1 : parameters.a', [A]],
    ['!has(parameters.a) ? parameters.a : 1', [A]],
    ['has(parameters.a) || parameters.a > 1', [A]],
    ['!has(parameters.a) && parameters.a > 1', [A]],
    ['has(parameters.a) || has(parameters.b) ? parameters.a : 1', [A]],
    ['!(has(parameters.a) && has(parameters.b)) ? parameters.a : 1', [A]],
    ['has(parameters.b) ? parameters.a : 1', [A]],
    ['parameters.a > 1 && has(parameters.a)', [A]],
    ['false ? parameters.a : 1', [A]],
    ['[has(parameters.a), parameters.a]', [A]],
    ['has(parameters.a) == true || parameters.a == 1', [A]],
    ['has(parameters.a) != false ? 1 : parameters.a', [A]],
    ['(has(parameters.a) ? false : true) ? parameters.a : 1', [A]],
    ['size([has(parameters.a)]) == 1 ? parameters.a : 1', [A]],
    ['has(steps.one.output.a) ? parameters.a : 1', [A]],
    ['"a" in ["a"] ? parameters.a : 1', [A]],
    ['has(parameters.a.b) ? parameters.a.b : 1', [A]],
    ['["a"].map(parameters, has(parameters.a)) == [true] ? parameters.a : 1', [A]],
  ])('is not excused by a test of something else, on the other side, or too late: %s', (source, expected) => {
    expect(lacking(source)).toEqual(expected);
  });

  it.each([
    'parameters',
    'size(parameters)',
    'parameters.map(k, parameters[k])',
    '["a"].map(k, parameters[k])',
    'parameters["a" + "b"]',
    'parameters[execution.id].deep.er',
    'has(parameters.a)',
    '"a" in parameters',
    '[{"a": 1}].map(parameters, parameters.a)',
  ])('is never lacking as a whole, by a computed key, or where its presence is all that is asked: %s', (source) => {
    expect(lacking(source)).toEqual([]);
  });

  it.each<[string, JsonObject, string[]]>([
    ['parameters.a.b', {}, ['parameters.a']],
    ['parameters.a.b', { a: {} }, ['parameters.a.b']],
    ['parameters.a["b"].c', { a: { b: {} } }, ['parameters.a.b.c']],
    ['parameters.a.b', { a: { b: null } }, []],
    ['parameters.a.b', { a: 'text' }, ['parameters.a.b']],
    ['parameters.a.b', { a: [] }, ['parameters.a.b']],
    ['parameters.a == null ? 1 : parameters.a.b', { a: null }, []],
    ['parameters.a[0].b', { a: [{ b: 1 }] }, []],
    ['has(parameters.a.b) ? parameters.a.b : 1', { a: {} }, []],
    ['has(parameters.a.b) ? parameters.a.b.c : 1', { a: { b: {} } }, ['parameters.a.b.c']],
    ['has(parameters.a) ? parameters.a.b : 1', {}, []],
    ['has(parameters.a) ? parameters.a.b : 1', { a: {} }, ['parameters.a.b']],
    ['"b" in parameters.a ? parameters.a.b : 1', { a: {} }, []],
  ])('inside another is looked for there: %s with %j', (source, given, expected) => {
    expect(lacking(source, given)).toEqual(expected);
  });
});

describe('an expression whose parameters are all there', () => {
  const name = fc.constantFrom('a', 'b', 'c.d');
  const { bool } = fc.letrec<{ bool: string }>((tie) => {
    const inner = tie('bool');
    const pair = fc.tuple(inner, inner);
    return {
      bool: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom('true', 'false'),
        name.map((path) => `parameters.${path}`),
        name.map((path) => `has(parameters.${path})`),
        fc.constantFrom('"a" in parameters', '"d" in parameters.c'),
        inner.map((one) => `!(${one})`),
        pair.map(([one, other]) => `(${one} && ${other})`),
        pair.map(([one, other]) => `(${one} || ${other})`),
        pair.map(([one, other]) => `(${one} == ${other})`),
        fc.tuple(inner, fc.boolean()).map(([one, literal]) => `(${literal} != ${one})`),
        fc.tuple(inner, inner, inner).map(([one, yes, no]) => `(${one} ? ${yes} : ${no})`),
      ),
    };
  });
  const given = fc.record(
    { a: fc.boolean(), b: fc.boolean(), c: fc.record({ d: fc.boolean() }, { requiredKeys: [] }) },
    { requiredKeys: [] },
  );

  it('has a value, whatever it tests and in whatever shape', () => {
    let evaluated = 0;
    fc.assert(
      fc.property(bool, given, (source, parameters) => {
        fc.pre(lacking(source, parameters).length === 0);
        evaluated += 1;
        const context = { ...sampleContext(), parameters };
        expect(typeof expressions.resolve({ v: `\${{ ${source} }}` }, context).v).toBe('boolean');
      }),
      { numRuns: 1_000 },
    );
    expect(evaluated).toBeGreaterThan(200);
  });

  it('is not called lacking when it tests each parameter that it reads before', () => {
    const guarded = (source: string) =>
      `has(parameters.a) && has(parameters.b) && has(parameters.c) && has(parameters.c.d) && ${source}`;
    fc.assert(
      fc.property(bool, given, (source, parameters) => {
        const config = { v: `\${{ ${guarded(source)} }}` };
        expect(lacking(guarded(source), parameters)).toEqual([]);
        const outcome = () => expressions.resolve(config, { ...sampleContext(), parameters });
        expect(outcome).not.toThrow(AppError);
      }),
    );
  });
});
