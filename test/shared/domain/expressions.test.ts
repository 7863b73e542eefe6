import { describe, expect, it } from 'vitest';
import { createExpressions } from '../../../shared/domain/expressions.ts';
import type { JsonObject, JsonValue } from '../../../shared/schemas/json.ts';
import { sampleContext } from './expression-samples.ts';

const expressions = createExpressions();
const resolve = (config: JsonObject) => expressions.resolve(config, sampleContext());
const resolveOne = (text: string): JsonValue => resolve({ value: text }).value ?? null;

describe('resolve', () => {
  it.each<[string, JsonValue]>([
    ['${{ parameters.limit }}', 10],
    ['${{parameters.limit}}', 10],
    ['${{ parameters.flag }}', true],
    ['${{ parameters.nothing }}', null],
    [
      '${{ steps.extract.output.rows }}',
      [
        { id: 1, score: 0.5 },
        { id: 2, score: 0.75 },
      ],
    ],
    ['${{ steps["clean-up"].output }}', 'done'],
    ["${{ steps['clean-up'].status }}", 'completed'],
    ['${{ execution.id }}', 'exec_1'],
    ['${{ execution.scheduled_at }}', null],
    ['${{ workflow.version }}', '1.0.0'],
    ['${{ {"a": {"b": 1}} }}', { a: { b: 1 } }],
    ['${{ "}}" }}', '}}'],
    ['${{ "a\\"}}b" }}', 'a"}}b'],
    ['${{ """a "quoted" }} text""" }}', 'a "quoted" }} text'],
  ])('keeps the type of the one whole expression %s', (text, value) => {
    expect(resolveOne(text)).toEqual(value);
  });

  it.each([
    ['LIMIT ${{ parameters.limit }}', 'LIMIT 10'],
    [' ${{ parameters.limit }}', ' 10'],
    ['${{ parameters.limit }}${{ parameters.flag }}', '10true'],
    ['${{ steps.extract.output.name }}.csv', 'churn.csv'],
    ['rows: ${{ steps.extract.output.rows }}', 'rows: [{"id":1,"score":0.5},{"id":2,"score":0.75}]'],
    ['x=${{ parameters.nothing }}', 'x=null'],
    ['$${{ parameters.limit }}', '${{ parameters.limit }}'],
    ['a $${{ b }} ${{ parameters.limit }}', 'a ${{ b }} 10'],
    ['$ {{ not one }} ${x} }}', '$ {{ not one }} ${x} }}'],
  ])('interpolates %j as %j', (text, value) => {
    expect(resolveOne(text)).toBe(value);
  });

  it('replaces inside lists and objects and leaves everything else alone', () => {
    const config = {
      list: [1, '${{ parameters.limit }}', { deep: '${{ 1 + 1 }}' }],
      n: 5,
      b: null,
      '${{ key }}': 'plain',
    };
    expect(resolve(config)).toEqual({ list: [1, 10, { deep: 2 }], n: 5, b: null, '${{ key }}': 'plain' });
  });

  it('shares nothing with the context', () => {
    const context = sampleContext({ list: [[1]] });
    const resolved = expressions.resolve({ list: '${{ parameters.list }}' }, context);
    expect(resolved.list).toEqual(context.parameters.list);
    expect(resolved.list).not.toBe(context.parameters.list);
  });

  it.each([
    [
      '${{ parameters.limt }}',
      '"parameters" has no member "limt"; did you mean "limit"? (known: limit, ratio, flag, nothing, word, list)',
    ],
    ['${{ steps.gone.output }}', '"steps" has no member "gone" (known: extract, clean-up)'],
    ['${{ steps.extract.output.rows[2] }}', 'the list has 2 items, so there is no 2'],
    ['${{ parameters.limit.deep }}', '"parameters.limit" is a number, so it has no member "deep"'],
    ['${{ parameters.nothing.deep }}', '"parameters.nothing" is null, so it has no member "deep"'],
    ['${{ 1 / 0 }}', 'division by zero'],
    ['${{ 1e308 * 10 }}', '1e+308 * 10 is beyond the largest number'],
    ['${{ 1 + "a" }}', '"+" cannot take a number and a string'],
    ['${{ nope }}', 'unknown name "nope" (known: parameters, execution, workflow, steps)'],
    ['${{ 1 + }}', 'Unexpected token: end of expression'],
    ['${{ parameters.limit', 'the expression is not closed with }}'],
  ])('names expression, place and reason when %s fails', (text, reason) => {
    const failure = () => resolve({ sql: ['SELECT 1', `WHERE ${text}`] });
    expect(failure).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }));
    expect(failure).toThrow(`config.sql.1: "${text.replaceAll('"', '\\"')}": ${reason} (at character `);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length'])(
    'does not see the inherited %s',
    (name) => {
      expect(() => resolveOne(`\${{ parameters["${name}"] }}`)).toThrow('has no member');
      expect(() => resolveOne(`\${{ "text"["${name}"] }}`)).toThrow('is a string');
      expect(() => resolveOne(`\${{ [1]["${name}"] }}`)).toThrow('there is no');
    },
  );

  it('keeps a key named __proto__ as data', () => {
    const config: JsonObject = JSON.parse('{"__proto__": {"x": "${{ parameters.limit }}"}}');
    expect(JSON.stringify(resolve(config))).toBe('{"__proto__":{"x":10}}');
    expect(JSON.stringify(resolveOne('${{ {"__proto__": 1, "constructor": 2} }}'))).toBe(
      '{"__proto__":1,"constructor":2}',
    );
  });
});

describe('inspect', () => {
  it.each([
    ['${{ 1 + }}', 'Unexpected token: end of expression (at character 9)'],
    ['x ${{ (1 }}', 'Expected RPAREN, got end of expression (at character 10)'],
    ['${{ }}', 'Unexpected token: end of expression (at character 5)'],
    ['${{ parameters.x', 'the expression is not closed with }} (at character 1)'],
    [
      '${{ paramters.x }}',
      'unknown name "paramters"; did you mean "parameters"? (known: parameters, execution, workflow, steps) (at character 5)',
    ],
    ['${{ item }}', 'unknown name "item" (known: parameters, execution, workflow, steps) (at character 5)'],
    ['${{ secrets.TOKEN }}', 'unknown name "secrets" (known: parameters, execution, workflow, steps) (at character 5)'],
    ['${{ index + 1 }}', 'unknown name "index" (known: parameters, execution, workflow, steps) (at character 5)'],
    ['${{ __proto__ }}', 'Reserved identifier: __proto__ (at character 5)'],
    [
      '${{ constructor }}',
      'unknown name "constructor" (known: parameters, execution, workflow, steps) (at character 5)',
    ],
    [
      '${{ execution.idd }}',
      '"execution" has id, name, attempt, scheduled_at, created_at, not "idd"; did you mean "id"? (at character 5)',
    ],
    ['${{ workflow.toString }}', '"workflow" has id, name, version, not "toString" (at character 5)'],
    [
      '${{ steps }}',
      '"steps" needs the id of a step: steps.my_step.output or steps["my-step"].output (at character 5)',
    ],
    [
      '${{ steps[parameters.x].output }}',
      '"steps" needs the id of a step: steps.my_step.output or steps["my-step"].output (at character 5)',
    ],
    ['${{ steps.a }}', 'a step has output, status (at character 5)'],
    ['${{ steps.a.outptu.x }}', 'a step has output, status, not "outptu"; did you mean "output"? (at character 5)'],
    [
      '${{ "a".matches("b") }}',
      'unknown function "matches" (known: size, contains, startsWith, endsWith, indexOf, lastIndexOf, split, replace, lowerAscii, upperAscii, trim, substring, join, all, exists, exists_one, filter, map) (at character 5)',
    ],
    [
      '${{ "a".startWith("b") }}',
      'unknown function "startWith"; did you mean "startsWith"? (known: size, contains, startsWith, endsWith, indexOf, lastIndexOf, split, replace, lowerAscii, upperAscii, trim, substring, join, all, exists, exists_one, filter, map) (at character 5)',
    ],
    [
      '${{ sizee([]) }}',
      'unknown function "sizee"; did you mean "size"? (known: has, size, string, int, double, bool) (at character 5)',
    ],
    [
      '${{ constructor(1) }}',
      'unknown function "constructor" (known: has, size, string, int, double, bool) (at character 5)',
    ],
    [
      '${{ "a".constructor() }}',
      'unknown function "constructor" (known: size, contains, startsWith, endsWith, indexOf, lastIndexOf, split, replace, lowerAscii, upperAscii, trim, substring, join, all, exists, exists_one, filter, map) (at character 5)',
    ],
    ['${{ size() }}', 'size() takes 1 argument, not 0 (at character 5)'],
    ['${{ "a".substring() }}', 'substring() takes 1 to 2 arguments, not 0 (at character 5)'],
    ['${{ has(parameters) }}', 'has() needs one member access, such as has(parameters.limit) (at character 5)'],
    ['${{ b"x" }}', 'bytes and unsigned numbers are not supported (at character 5)'],
    ['${{ 1u }}', 'bytes and unsigned numbers are not supported (at character 5)'],
    ['${{ 😀 }}', 'Unexpected character: 😀 (at character 5)'],
    [
      '${{ [1].map(a, [2].map(b, [3].map(c, c))) }}',
      'more than 2 of all, exists, exists_one, filter, map inside one another (at character 27)',
    ],
    ['${{ [1].map(a, a) + a }}', 'unknown name "a" (known: parameters, execution, workflow, steps) (at character 21)'],
  ])('refuses %s', (text, message) => {
    const { violations } = expressions.inspect({ sql: text }, 'steps.3.config');
    expect(violations).toHaveLength(1);
    expect(violations[0]).toMatchObject({ code: 'VALIDATION_ERROR', path: 'steps.3.config.sql' });
    expect(violations[0]?.message.endsWith(`: ${message}`)).toBe(true);
  });

  it('reports every problem of an expression', () => {
    expect(expressions.inspect({ a: '${{ foo + bar }} ${{ baz }}' }).violations).toHaveLength(3);
  });

  it('knows the names that a comprehension introduces, and only inside it', () => {
    expect(expressions.inspect({ a: '${{ [1].filter(x, x > 0).map(y, y + parameters.n) }}' }).violations).toEqual([]);
    expect(expressions.inspect({ a: '${{ [1].map(steps, steps) }}' }).references).toEqual([]);
  });

  it('finds the steps that are read, and where', () => {
    const config = {
      a: 'x ${{ steps.one.output + steps["two-2"].output.rows[0] }}',
      b: [{ c: '${{ has(steps.one.output.x) }}' }],
    };
    expect(expressions.inspect(config, 'c').references).toEqual([
      { step: 'one', path: 'c.a', position: 6 },
      { step: 'two-2', path: 'c.a', position: 6 },
      { step: 'one', path: 'c.b.0.c', position: 4 },
    ]);
  });

  it('ignores escaped expressions and keys', () => {
    expect(expressions.inspect({ '${{ nope }}': '$${{ nope }}' })).toEqual({
      references: [],
      parameters: [],
      violations: [],
    });
  });
});

describe('hasExpressions', () => {
  it.each<[JsonValue, boolean]>([
    [{ a: [{ b: 'x ${{ 1 }}' }] }, true],
    ['$${{ escaped }}', true],
    [{ a: 'plain $ {{ }}', b: 1, c: null }, false],
    [{ '${{ key }}': 1 }, false],
  ])('of %j is %j', (config, answer) => {
    expect(expressions.hasExpressions(config)).toBe(answer);
  });
});
