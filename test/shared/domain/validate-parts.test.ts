import { describe, expect, it } from 'vitest';
import { validateParts } from '../../../shared/domain/validate-parts.ts';
import { chain } from './dag-samples.ts';
import { CATALOGUE, echo, pool, query } from './definition-samples.ts';

const found = (value: unknown, catalogue = CATALOGUE) =>
  validateParts(value, catalogue).map(({ code, path }) => `${code} ${path}`);

/** A step that its schema refuses, and of which nothing else is wrong. */
const refused = { ...echo('refused'), timeout: 30 };

describe('validateParts', () => {
  it('checks each step as far as it can be read', () => {
    const steps = [{ ...echo('a', { plugin: 'nope' }), extra: 1 }, echo('b', { plugin: 'nope', timeout: '31d' }), 5];
    expect(found({ steps })).toEqual([
      'VALIDATION_ERROR steps.1.timeout',
      'PLUGIN_UNAVAILABLE steps.0.plugin',
      'PLUGIN_UNAVAILABLE steps.1.plugin',
    ]);
  });

  it.each<[string, unknown[], string]>([
    ['an unknown plugin', [echo('a', { plugin: 'nope' })], 'PLUGIN_UNAVAILABLE steps.1.plugin'],
    ['an unknown operation', [echo('a', { operation: 'nope' })], 'PLUGIN_UNAVAILABLE steps.1.operation'],
    ['a config that its operation refuses', [query('a', { sql: 5 })], 'VALIDATION_ERROR steps.1.config.sql'],
    ['a step timeout', [echo('a', { timeout: '31d' })], 'VALIDATION_ERROR steps.1.timeout'],
    ['an expression', [echo('a', { config: { x: '${{ 1 + }}' } })], 'VALIDATION_ERROR steps.1.config.x'],
    ['an unknown dependency', [echo('a', { depends_on: ['b'] })], 'STEP_DEPENDENCY_ERROR steps.1.depends_on.0'],
    ['a step id that is taken', [echo('refused')], 'STEP_DEPENDENCY_ERROR steps.1.id'],
    [
      'an expression that reads an unknown step',
      [echo('a', { config: { x: '${{ steps.nobody.output }}' } })],
      'STEP_DEPENDENCY_ERROR steps.1.config.x',
    ],
    [
      'an expression that reads a step which is not upstream',
      [echo('a', { config: { x: '${{ steps.refused.output }}' } })],
      'STEP_DEPENDENCY_ERROR steps.1.config.x',
    ],
    [
      'resources',
      [echo('a', { resources: { max_workers: 5 } })],
      'RESOURCE_INSUFFICIENT steps.1.resources.max_workers',
    ],
  ])('names %s beside a step that its schema refuses, and within one', (_title, others, expected) => {
    const catalogue = [pool({ capacity: { max_workers: 4 } })];
    expect(found({ steps: [refused, ...others] }, catalogue)).toEqual([expected]);
    const both = others.map((step) => ({ ...(step as object), retry_policy: 'often' }));
    expect(found({ steps: [refused, ...both] }, catalogue)).toEqual([expected]);
  });

  it('finds a cycle through steps that cannot be read', () => {
    const steps = [
      { id: 'a', depends_on: ['b'] },
      { id: 'b', plugin: 5, depends_on: ['a'] },
    ];
    expect(found({ steps })).toEqual(['STEP_DEPENDENCY_ERROR steps.0.depends_on.0']);
  });

  it('names the dependencies that can be read among others', () => {
    const steps = [echo('a'), { ...echo('b'), depends_on: [5, 'nobody', 'a', 'a', 'b'] }];
    expect(found({ steps })).toEqual([
      'STEP_DEPENDENCY_ERROR steps.1.depends_on.1',
      'STEP_DEPENDENCY_ERROR steps.1.depends_on.3',
      'STEP_DEPENDENCY_ERROR steps.1.depends_on.4',
    ]);
  });

  it.each<[string, unknown[]]>([
    ['depends on one whose id cannot be read', [{ name: 'a' }, echo('b', { depends_on: ['a'] })]],
    ['reads one whose id cannot be read', [{ name: 'a' }, echo('b', { config: { x: '${{ steps.a.output }}' } })]],
    ['has an id that is none, and others depend on it', [echo('1a'), echo('b', { depends_on: ['1a'] })]],
    ['has a plugin that is no text', [{ ...echo('a'), plugin: 5 }]],
    ['has an operation that is no text', [{ ...echo('a'), operation: 5 }]],
    ['has a config that is no object', [{ ...query('a', {}), config: [] }]],
    ['has a timeout that is none', [{ ...echo('a'), timeout: '400d' }]],
    ['asks for more least than most workers', [echo('a', { resources: { min_workers: 9, max_workers: 8 } })]],
    [
      'reads another and has dependencies that are no list',
      [echo('a'), { ...echo('b', { config: { x: '${{ steps.a.output }}' } }), depends_on: 'a' }],
    ],
    [
      'reads another and has dependencies of which one is no text',
      [echo('a'), { ...echo('b', { config: { x: '${{ steps.a.output }}' } }), depends_on: [null] }],
    ],
    [
      'reads another from behind one whose dependencies cannot be read',
      [
        echo('a'),
        { ...echo('b'), depends_on: 'a' },
        echo('c', { depends_on: ['b'], config: { x: '${{ steps.a.output }}' } }),
      ],
    ],
    [
      'reads another and may have misspelt its dependencies',
      [echo('a'), { ...echo('b', { config: { x: '${{ steps.a.output }}' } }), dependson: ['a'] }],
    ],
    ['may have misspelt its config', [{ id: 'a', plugin: 'duckdb', operation: 'query', confg: { sql: 'SELECT 1' } }]],
  ])('says nothing of what may follow from what cannot be read: a step that %s', (_title, steps) => {
    expect(found({ steps }, [pool({ capacity: { max_workers: 4 } })])).toEqual([]);
  });

  it('names a step that is not upstream where all that is upstream can be read', () => {
    const steps = [
      echo('a'),
      { ...echo('b'), depends_on: 'a' },
      echo('c', { config: { x: '${{ steps.a.output }}' } }),
      echo('d', { depends_on: ['c'], config: { x: '${{ steps.b.output }}' } }),
    ];
    expect(found({ steps })).toEqual([
      'STEP_DEPENDENCY_ERROR steps.2.config.x',
      'STEP_DEPENDENCY_ERROR steps.3.config.x',
    ]);
  });

  it('checks a schedule as far as it can be read', () => {
    expect(found({ schedule: { type: 'cron', expression: 'never' } })).toEqual([
      'VALIDATION_ERROR schedule.expression',
    ]);
    expect(found({ schedule: { type: 'cron', expression: 'never', timezone: 5 } })).toEqual([
      'VALIDATION_ERROR schedule.expression',
    ]);
    expect(found({ schedule: { type: 'cron', timezone: 'Mars', extra: 1 } })).toEqual([
      'VALIDATION_ERROR schedule.timezone',
    ]);
    expect(found({ schedule: { type: 'interval', expression: 'never' } })).toEqual([]);
  });

  it.each([null, 5, [], {}, { steps: {} }, { steps: [null], schedule: null }])('has nothing to say of %j', (value) => {
    expect(found(value)).toEqual([]);
  });

  it('leaves more steps than there may be alone', () => {
    expect(found({ steps: Array.from({ length: 10_001 }, () => echo('a')) })).toEqual([]);
  });

  it('says of a definition that is too large nothing else', () => {
    expect(found({ steps: [echo('a'), echo('a')], description: 'x'.repeat(4_194_304) })).toEqual(['VALIDATION_ERROR ']);
  });

  it('stays bounded for 10,000 steps that are all wrong', () => {
    const steps = chain(10_000).map(({ id, depends_on }) => ({
      ...query(id, { sql: `\${{ steps.${id}.output + }}`, lmit: `\${{ steps.${id}.output }}` }),
      depends_on: [...depends_on, `${id}x`],
      tiemout: '1m',
    }));
    expect(validateParts({ steps }, CATALOGUE)).toHaveLength(1_000);
  });
});
