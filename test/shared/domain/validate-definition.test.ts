import { describe, expect, it } from 'vitest';
import { validateDefinition } from '../../../shared/domain/validate-definition.ts';
import type { Step } from '../../../shared/schemas/workflow.ts';
import { chain } from './dag-samples.ts';
import { problems } from './definition-problems.ts';
import { CATALOGUE, echo, query, workflow } from './definition-samples.ts';

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

  it('refuses dependencies of one step over 256 KiB, and takes as many with shorter ids', () => {
    const joined = (length: number) => {
      const ids = Array.from({ length: 3_000 }, (_, i) => `s${i}`.padEnd(length, 'x'));
      return workflow([...ids.map((id) => echo(id)), echo('join', { depends_on: ids })]);
    };
    expect(validateDefinition(joined(80), CATALOGUE).violations).toEqual([]);
    const [violation, ...others] = validateDefinition(joined(100), CATALOGUE).violations;
    expect(others).toEqual([]);
    expect(violation).toMatchObject({ code: 'VALIDATION_ERROR', path: 'steps.3000.depends_on' });
    expect(violation?.message).toContain('shorten the ids');
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
        'PLUGIN_UNAVAILABLE steps.0.plugin: step "a" needs plugin "duckbd", which no worker of this deployment has announced; did you mean "duckdb"? (known: core, duckdb)',
      ],
    ],
    [
      'an operation that the plugin lacks',
      [echo('a', { operation: 'ehco' })],
      [
        'PLUGIN_UNAVAILABLE steps.0.operation: step "a": plugin "core" has no operation "ehco"; did you mean "echo"? (known: echo, sleep)',
      ],
    ],
    [
      'a plugin named like a member of Object',
      [echo('a', { plugin: 'constructor', operation: 'toString' })],
      [
        'PLUGIN_UNAVAILABLE steps.0.plugin: step "a" needs plugin "constructor", which no worker of this deployment has announced (known: core, duckdb)',
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

  it('takes a depends_on of exactly 256 KiB and refuses one byte more', () => {
    // 2,047 ids of 125 characters with quotes and comma, one that fills the rest, and the brackets.
    const ids = (bytes: number) => [
      ...Array.from({ length: 2_047 }, (_, i) => `s${i}`.padEnd(125, 'x')),
      'last'.padEnd(bytes - 2 - 2_047 * 128 - 2, 'x'),
    ];
    const joined = (bytes: number) => {
      const depends_on = ids(bytes);
      return workflow([...depends_on.map((id) => echo(id)), echo('join', { depends_on })]);
    };
    expect(problems(joined(262_144))).toEqual([]);
    expect(problems(joined(262_145))).toEqual([
      'VALIDATION_ERROR steps.2048.depends_on: is over 262144 bytes as JSON; shorten the ids, or join the steps by stages',
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
