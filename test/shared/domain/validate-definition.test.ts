import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Catalogue } from '../../../shared/domain/catalogue.ts';
import { validateDefinition } from '../../../shared/domain/validate-definition.ts';
import type { JsonObject } from '../../../shared/schemas/json.ts';
import { Duration } from '../../../shared/schemas/text.ts';
import type { Resources, Step, WorkflowDefinition } from '../../../shared/schemas/workflow.ts';
import { chain } from './dag-samples.ts';
import { CATALOGUE, echo, plugin, pool, query, workflow } from './definition-samples.ts';

/** `CODE path: message` of every violation. */
function problems(definition: WorkflowDefinition, catalogue: Catalogue = CATALOGUE): string[] {
  return validateDefinition(definition, catalogue).violations.map(
    ({ code, path, message }) => `${code} ${path}: ${message}`,
  );
}

describe('validateDefinition', () => {
  it('accepts a sound workflow', () => {
    const steps = [
      query('a', { sql: 'SELECT 1' }),
      echo('b', { depends_on: ['a'], config: { rows: '${{ steps.a.output.rows }}' } }),
    ];
    const definition = workflow(steps, { schedule: { type: 'cron', expression: '0 2 * * *' } });
    expect(validateDefinition(definition, CATALOGUE)).toEqual({
      violations: [],
      results: { steps_valid: true, dependencies_resolved: true, plugins_available: true, schedule_valid: true },
      unavailable: [],
    });
  });

  it.each<[string, Step[], string[]]>([
    [
      'a cycle',
      [echo('a', { depends_on: ['b'] }), echo('b', { depends_on: ['a'] })],
      ['STEP_DEPENDENCY_ERROR steps.0.depends_on.0: the dependencies form a cycle: a → b → a'],
    ],
    [
      'a plugin that nobody has',
      [echo('a', { plugin: 'duckbd' })],
      [
        'PLUGIN_UNAVAILABLE steps.0.plugin: step "a" needs plugin "duckbd", which no worker of this deployment has announced; did you mean "duckdb"?',
      ],
    ],
    [
      'an operation that the plugin lacks',
      [echo('a', { operation: 'ehco' })],
      ['PLUGIN_UNAVAILABLE steps.0.operation: step "a": plugin "core" has no operation "ehco"; did you mean "echo"?'],
    ],
    [
      'a plugin named like a member of Object',
      [echo('a', { plugin: 'constructor', operation: 'toString' })],
      [
        'PLUGIN_UNAVAILABLE steps.0.plugin: step "a" needs plugin "constructor", which no worker of this deployment has announced',
      ],
    ],
    [
      'a timeout over 30 days',
      [echo('a', { timeout: '31d' })],
      ['VALIDATION_ERROR steps.0.timeout: must be at most 30d'],
    ],
    [
      'a broken expression',
      [echo('a', { config: { x: '${{ 1 + }}' } })],
      ['VALIDATION_ERROR steps.0.config.x: "${{ 1 + }}": Unexpected token: end of expression (at character 9)'],
    ],
    [
      'a step that is not there',
      [echo('extract'), echo('b', { depends_on: ['extract'], config: { x: 'y ${{ steps.extrcat.output }}' } })],
      [
        'STEP_DEPENDENCY_ERROR steps.1.config.x: there is no step "extrcat"; did you mean "extract"? (expression at character 6)',
      ],
    ],
    [
      'a step that is not upstream',
      [echo('a'), echo('b', { config: { x: '${{ steps.a.output }}' } })],
      [
        'STEP_DEPENDENCY_ERROR steps.1.config.x: step "b" reads step "a", which is not upstream of it: add it to depends_on (expression at character 4)',
      ],
    ],
    [
      'a step that reads itself',
      [echo('a', { config: { x: '${{ steps.a.output }}' } })],
      [
        'STEP_DEPENDENCY_ERROR steps.0.config.x: step "a" reads step "a", which is not upstream of it: add it to depends_on (expression at character 4)',
      ],
    ],
  ])('refuses %s', (_title, steps, expected) => {
    expect(problems(workflow(steps))).toEqual(expected);
  });

  it('accepts a reference to a step far upstream', () => {
    const steps = chain(50).map((step) => echo(step.id, { depends_on: step.depends_on }));
    steps.push(echo('last', { depends_on: ['s49'], config: { x: '${{ steps.s0.status }}' } }));
    expect(problems(workflow(steps))).toEqual([]);
  });

  it.each([
    [{ type: 'cron', expression: '0 0 30 2 *' }, 'schedule.expression'],
    [{ type: 'cron', expression: '@daily', timezone: '' }, 'schedule.timezone'],
    [{ type: 'cron', expression: '@daily', timezone: '5' }, 'schedule.timezone'],
  ] as const)('refuses the schedule %j', (schedule, path) => {
    const { violations, results } = validateDefinition(workflow([echo('a')], { schedule }), CATALOGUE);
    expect(violations).toMatchObject([{ code: 'VALIDATION_ERROR', path }]);
    expect(results).toEqual({
      steps_valid: true,
      dependencies_resolved: true,
      plugins_available: true,
      schedule_valid: false,
    });
  });

  it('reports every kind of violation at once', () => {
    const steps = [echo('a', { plugin: 'nope', timeout: '31d', depends_on: ['b'] })];
    const { violations, results } = validateDefinition(workflow(steps), CATALOGUE);
    expect(violations.map(({ code }) => code)).toEqual([
      'VALIDATION_ERROR',
      'STEP_DEPENDENCY_ERROR',
      'PLUGIN_UNAVAILABLE',
    ]);
    expect(results).toEqual({
      steps_valid: false,
      dependencies_resolved: false,
      plugins_available: false,
      schedule_valid: true,
    });
  });

  it('names what an expression reads beside a broken graph, where that breaks nothing upstream of it', () => {
    const steps = [
      echo('a'),
      echo('b', { depends_on: ['nope'], config: { x: '${{ steps.a.output }}' } }),
      echo('c', { depends_on: ['b'], config: { x: '${{ steps.a.output }}' } }),
      echo('d', { config: { x: '${{ steps.a.output }}', y: '${{ steps.nope.output }}' } }),
      echo('e', { depends_on: ['f'], config: { x: '${{ steps.a.output }}' } }),
      echo('f', { depends_on: ['e'] }),
      echo('g'),
      echo('g', { depends_on: ['a'], config: { x: '${{ steps.a.output }}' } }),
    ];
    expect(validateDefinition(workflow(steps), CATALOGUE).violations.map(({ path }) => path)).toEqual([
      'steps.1.depends_on.0',
      'steps.7.id',
      'steps.4.depends_on.0',
      'steps.3.config.y',
      'steps.3.config.x',
    ]);
  });

  it('leaves out what matters least when there are over 1,000 violations', () => {
    const steps = Array.from({ length: 1_100 }, (_, index) => echo(`s${index}`, { plugin: 'nope' }));
    steps.push(echo('a', { depends_on: ['b'] }), echo('b', { depends_on: ['a'] }));
    const schedule = { type: 'cron', expression: 'never' } as const;
    const { violations } = validateDefinition(workflow(steps, { schedule }), CATALOGUE);
    expect(violations).toHaveLength(1_000);
    expect(violations.slice(0, 3)).toMatchObject([
      { code: 'VALIDATION_ERROR', path: 'schedule.expression' },
      { code: 'STEP_DEPENDENCY_ERROR', path: 'steps.1100.depends_on.0' },
      { code: 'PLUGIN_UNAVAILABLE', path: 'steps.0.plugin' },
    ]);
  });

  it('takes a config of exactly 256 KiB and refuses one byte more, counted as UTF-8', () => {
    const overhead = JSON.stringify({ text: '' }).length;
    const filled = (bytes: number) =>
      workflow([echo('a', { config: { text: `é${'x'.repeat(bytes - overhead - 2)}` } })]);
    expect(problems(filled(262_144))).toEqual([]);
    expect(problems(filled(262_145))).toEqual([
      'VALIDATION_ERROR steps.0.config: is over 262144 bytes as JSON; pass large data by reference',
    ]);
  });

  it('refuses a definition over 4 MiB before anything else', () => {
    const steps = Array.from({ length: 20 }, (_, index) =>
      echo(`s${index}`, { plugin: 'nope', config: { text: 'x'.repeat(250_000) } }),
    );
    expect(problems(workflow(steps))).toEqual(['VALIDATION_ERROR : the definition is over 4194304 bytes as JSON']);
  });

  it('checks 10,000 steps that all read a step far away', () => {
    const steps = chain(10_000).map((step, index) =>
      echo(step.id, { depends_on: step.depends_on, config: { x: `\${{ steps.s${Math.max(0, index - 3)}.output }}` } }),
    );
    expect(problems(workflow(steps))).toHaveLength(1);
  });
});

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
      { sql: 'x', target: { lines: '${{ 1 }}' } },
      'steps.0.config.target: rows is required, or must be a boolean, not object',
    ],
  ])('that %s is refused', (_title, config, expected) => {
    expect(problems(workflow([query('a', config)]))).toEqual([`VALIDATION_ERROR ${expected}`]);
  });

  it('is left to the worker where its schema says what cannot be checked here', () => {
    const catalogue = [pool({ plugins: [plugin('core', { echo: { type: 'object', not: { type: 'null' } } })] })];
    expect(problems(workflow([echo('a', { config: { anything: 1 } })]), catalogue)).toEqual([]);
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
});

describe('plugins', () => {
  const snowflake = (reason: string | null) => plugin('snowflake', { query: { type: 'object' } }, reason);
  const definition = workflow([{ id: 'a', plugin: 'snowflake', operation: 'query' }]);

  it.each<[string, Catalogue, string[]]>([
    ['live and configured', [pool({ plugins: [snowflake(null)] })], []],
    ['unconfigured', [pool({ plugins: [snowflake('set SNOWFLAKE_ACCOUNT')] })], ['set SNOWFLAKE_ACCOUNT']],
    [
      'offline',
      [pool({ live: false, plugins: [snowflake(null)] })],
      ['no worker that runs plugin snowflake is connected'],
    ],
    [
      'unconfigured in one pool, live in another',
      [pool({ plugins: [snowflake('set it')] }), pool({ name: 'b', plugins: [snowflake(null)] })],
      [],
    ],
    [
      'live in one pool, unconfigured in another',
      [pool({ plugins: [snowflake(null)] }), pool({ name: 'b', plugins: [snowflake('set it')] })],
      [],
    ],
    [
      'unconfigured where live, offline elsewhere',
      [pool({ live: false, plugins: [snowflake(null)] }), pool({ name: 'b', plugins: [snowflake('set it')] })],
      ['set it'],
    ],
  ])('that are known are no violation: %s', (_title, catalogue, reasons) => {
    const { violations, results, unavailable } = validateDefinition(definition, catalogue);
    expect(violations).toEqual([]);
    expect(results.plugins_available).toBe(reasons.length === 0);
    expect(unavailable.map(({ reason }) => reason)).toEqual(reasons);
  });

  it('are all unknown before any worker came', () => {
    expect(validateDefinition(definition, []).violations).toMatchObject([
      { code: 'PLUGIN_UNAVAILABLE', path: 'steps.0.plugin' },
    ]);
  });
});

describe('resources', () => {
  const small = pool({ capacity: { max_workers: 4, node_types: ['small', 'large'] } });

  it.each<[Resources, Catalogue, string | null]>([
    [{ min_workers: 1, max_workers: 4, node_type: 'small' }, [small], null],
    [{ max_workers: 5 }, [small], 'steps.0.resources.max_workers: step "a" asks for 5 workers; there are at most 4'],
    [{ min_workers: 5 }, [small], 'steps.0.resources.min_workers: step "a" asks for 5 workers; there are at most 4'],
    [
      { node_type: 'huge' },
      [small],
      'steps.0.resources.node_type: step "a" asks for nodes of type "huge"; there are small, large',
    ],
    [{ max_workers: 100_000, node_type: 'huge' }, [pool()], null],
    [{ max_workers: 5 }, [small, pool({ name: 'b', capacity: { max_workers: 8 } })], null],
    [{ exclusive: ['gpu'] }, [small], null],
  ])('%j against what the pools declare', (resources, catalogue, expected) => {
    const definition = workflow([echo('a', { resources })]);
    expect(problems(definition, catalogue)).toEqual(expected === null ? [] : [`RESOURCE_INSUFFICIENT ${expected}`]);
  });
});
