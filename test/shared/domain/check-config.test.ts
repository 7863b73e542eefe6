import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../../../shared/schemas/json.ts';
import { Duration } from '../../../shared/schemas/text.ts';
import { problems } from './definition-problems.ts';
import { echo, plugin, pool, query, workflow } from './definition-samples.ts';

describe('a config', () => {
  it.each<[string, JsonObject]>([
    ['that fits', { sql: 'SELECT 1', limit: 5, format: 'csv', columns: ['a'], target: { rows: 1 } }],
    ['with an expression for a number', { sql: 'x', limit: '${{ parameters.limit }}' }],
    ['with an expression for a choice', { sql: 'x', format: '${{ parameters.format }}' }],
    ['with an expression for a list', { sql: 'x', columns: '${{ parameters.columns }}' }],
    ['with an expression in a list', { sql: 'x', columns: ['a', '${{ parameters.column }}'] }],
    ['with an expression for a union', { sql: 'x', target: '${{ parameters.target }}' }],
    ['with an expression inside a union', { sql: 'x', target: { rows: '${{ parameters.rows }}' } }],
    ['with an expression inside text', { sql: 'SELECT ${{ parameters.limit }}' }],
  ])('%s is accepted', (_title, config) => {
    expect(problems(workflow([query('a', config)]))).toEqual([]);
  });

  it.each<[string, JsonObject, string]>([
    ['lacks a field', {}, 'steps.0.config.sql: is required'],
    ['has a wrong type', { sql: 5 }, 'steps.0.config.sql: must be a string, not number'],
    [
      'has an unknown key',
      { sql: 'x', limti: 5 },
      'steps.0.config.limti: unknown key "limti"; did you mean "limit"? (known: sql, limit, format, columns, target)',
    ],
    [
      'has an unknown key with an expression',
      { sql: 'x', limti: '${{ 1 }}' },
      'steps.0.config.limti: unknown key "limti"; did you mean "limit"? (known: sql, limit, format, columns, target)',
    ],
    ['leaves the range', { sql: 'x', limit: 0 }, 'steps.0.config.limit: must be at least 1'],
    ['is none of the choices', { sql: 'x', format: 'xml' }, 'steps.0.config.format: must be one of csv, parquet'],
    [
      'has too many items, expressions or not',
      { sql: 'x', columns: ['a', 'b', 'c', '${{ parameters.d }}'] },
      'steps.0.config.columns: must have at most 3 items',
    ],
    [
      'fits no branch',
      { sql: 'x', target: 5 },
      'steps.0.config.target: must be an object, not number, or must be a boolean, not number',
    ],
  ])('that %s is refused', (_title, config, expected) => {
    expect(problems(workflow([query('a', config)]))).toEqual([`VALIDATION_ERROR ${expected}`]);
  });

  it('is left to the worker where its schema says what cannot be checked here', () => {
    const catalogue = [pool({ plugins: [plugin('core', { echo: { type: 'object', not: { type: 'null' } } })] })];
    expect(problems(workflow([echo('a', { config: { anything: 1 } })]), catalogue)).toEqual([]);
  });
});

describe('a config whose branches are told apart by a literal', () => {
  const branch = (format: string, options: z.ZodType) =>
    z.strictObject({ format: z.literal(format), options: options.optional() });
  const input = z.union([
    z.string(),
    branch('csv', z.strictObject({ header: z.boolean().optional(), skip: z.int().optional() })),
    branch('json', z.strictObject({ encoding: z.enum(['utf-8', 'latin-1']).optional() })),
    z.strictObject({ format: z.never().optional(), source: z.string() }),
  ]);
  const schema = z.toJSONSchema(z.strictObject({ inputs: z.record(z.string().regex(/^\w+$/), input) }), {
    io: 'input',
  });
  const catalogue = [pool({ plugins: [plugin('core', { echo: schema as JsonObject })] })];
  const refused = (value: JsonObject) =>
    problems(workflow([echo('a', { config: { inputs: { w: value } } })]), catalogue);

  it.each<[string, JsonObject, string]>([
    [
      'an option of another branch',
      { format: 'json', options: { header: true } },
      '.options.header: unknown key "header" (known: encoding)',
    ],
    [
      'a misspelt option',
      { format: 'csv', options: { heder: true } },
      '.options.heder: unknown key "heder"; did you mean "header"? (known: header, skip)',
    ],
    [
      'a wrong value of an option',
      { format: 'json', options: { encoding: 'x' } },
      '.options.encoding: must be one of utf-8, latin-1',
    ],
    ['an unknown literal', { format: 'xml' }, '.format: must be one of csv, json'],
    ['a key that no branch has', { source: 'x', foo: 1 }, '.foo: unknown key "foo" (known: format, source)'],
  ])('is refused with the words of its branch: %s', (_title, value, expected) => {
    expect(refused(value)).toEqual([`VALIDATION_ERROR steps.0.config.inputs.w${expected}`]);
  });

  it.each<JsonObject>([
    { format: '${{ parameters.format }}', options: { header: true } },
    { format: 'csv', options: { skip: '${{ parameters.skip }}' } },
    { format: 'csv', options: '${{ parameters.options }}' },
  ])('is accepted where an expression stands: %j', (value) => {
    expect(refused(value)).toEqual([]);
  });
});

describe('a duration in a config', () => {
  const schema = z.toJSONSchema(
    z.looseObject({
      delay: Duration.optional(),
      pauses: z.array(Duration).optional(),
      by_name: z.record(z.string(), z.strictObject({ every: Duration.nullable() })).optional(),
      note: z.string().optional(),
    }),
  );
  const catalogue = [pool({ plugins: [plugin('core', { echo: schema as JsonObject })] })];
  const rule = 'must be a duration such as "30s", "1h30m" or "PT30S", above 0 and at most 365d';

  it.each<JsonObject>([
    { delay: '365d', pauses: ['1ms', 'PT1S'], by_name: { a: { every: '30s' }, b: { every: null } } },
    { delay: '${{ parameters.delay }}', by_name: { a: { every: '${{ parameters.every }}' } } },
    { note: '400d', anything: ['400d'] },
  ])('is accepted: %j', (config) => {
    expect(problems(workflow([echo('a', { config })]), catalogue)).toEqual([]);
  });

  it.each<[JsonObject, string]>([
    [{ delay: '400d' }, 'delay'],
    [{ delay: '0.5ms' }, 'delay'],
    [{ delay: 'soon' }, 'delay'],
    [{ delay: `${'1h'.repeat(40)}` }, 'delay'],
    [{ pauses: ['1s', 'P53W'] }, 'pauses.1'],
    [{ by_name: { a: { every: '366d' } } }, 'by_name.a.every'],
  ])('is refused: %j', (config, path) => {
    expect(problems(workflow([echo('a', { config })]), catalogue)).toEqual([
      `VALIDATION_ERROR steps.0.config.${path}: ${rule}`,
    ]);
  });

  it.each<[JsonObject, string, string]>([
    [{ delay: 600 }, 'delay', '600s'],
    [{ pauses: ['1s', '90 sec'] }, 'pauses.1', '90s'],
    [{ by_name: { a: { every: 2.5 } } }, 'by_name.a.every', '2500ms'],
  ])('is refused with what was meant: %j', (config, path, meant) => {
    expect(problems(workflow([echo('a', { config })]), catalogue)).toEqual([
      `VALIDATION_ERROR steps.0.config.${path}: ${rule}; write "${meant}"`,
    ]);
  });
});
