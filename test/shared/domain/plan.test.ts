import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Catalogue } from '../../../shared/domain/catalogue.ts';
import { choosePool } from '../../../shared/domain/choose-pool.ts';
import { createGraph, topologicalPositions } from '../../../shared/domain/dag.ts';
import { createPlan, poolOf } from '../../../shared/domain/plan.ts';
import { AppError } from '../../../shared/errors.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { ExecuteWorkflowInput } from '../../../shared/schemas/execution.ts';
import { Plan } from '../../../shared/schemas/plan.ts';
import { randomDag } from './dag-samples.ts';
import { CATALOGUE, echo, plugin, pool, query, workflow } from './definition-samples.ts';

type Overrides = NonNullable<ExecuteWorkflowInput['step_overrides']>;

const definition = workflow(
  [
    query('extract', { sql: 'SELECT 1', limit: 5 }, { retry_policy: { max_attempts: 3 } }),
    echo('train', {
      depends_on: ['extract'],
      timeout: '30m',
      config: { depth: 6, rows: '${{ steps.extract.output }}', nested: { a: 1, b: 2 } },
    }),
  ],
  { timeout: '2h' },
);

function failure(overrides: Overrides, catalogue: Catalogue = CATALOGUE): AppError {
  try {
    createPlan(definition, overrides, catalogue);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the plan was made');
}

describe('createPlan', () => {
  it('fills in every default', () => {
    const plan = createPlan(workflow([echo('a')]), {}, CATALOGUE);
    expect(plan).toEqual({
      timeout_ms: null,
      steps: [
        {
          id: 'a',
          plugin: 'core',
          operation: 'echo',
          depends_on: [],
          slot: 'waiting',
          in_engine: false,
          retry: {
            max_attempts: 1,
            initial_interval_ms: 1_000,
            backoff_coefficient: 2,
            max_interval_ms: 300_000,
            non_retryable_errors: [],
          },
          timeout_ms: 3_600_000,
          refs: [],
        },
      ],
      specs: { a: { config: {}, resources: null } },
    });
  });

  it('limits what the engine performs itself only where the definition does', () => {
    const nap = echo('nap', { operation: 'sleep' });
    const limited = { ...nap, id: 'limited', timeout: '2h' };
    const { steps } = createPlan(workflow([nap, limited]), {}, CATALOGUE);
    expect(steps.map(({ timeout_ms }) => timeout_ms)).toEqual([365 * 86_400_000, 7_200_000]);
  });

  it('takes over what the definition says, in milliseconds', () => {
    const plan = createPlan(definition, {}, CATALOGUE);
    expect(plan.timeout_ms).toBe(7_200_000);
    expect(plan.steps[0]).toMatchObject({ slot: 'compute', retry: { max_attempts: 3 } });
    expect(plan.steps[1]).toMatchObject({ depends_on: ['extract'], timeout_ms: 1_800_000, refs: ['extract'] });
  });

  it('marks the operations that the engine performs itself', () => {
    expect(createPlan(workflow([echo('a', { operation: 'sleep' })]), {}, CATALOGUE).steps[0]?.in_engine).toBe(true);
  });

  it('lets a long first pause raise the default ceiling, not a given one', () => {
    const retryOf = (max_interval?: string) =>
      createPlan(
        workflow([echo('a', { retry_policy: { initial_interval: '10m', ...(max_interval ? { max_interval } : {}) } })]),
        {},
        CATALOGUE,
      ).steps[0]?.retry;
    expect(retryOf()).toMatchObject({ initial_interval_ms: 600_000, max_interval_ms: 600_000 });
    expect(retryOf('1m')).toMatchObject({ max_interval_ms: 60_000 });
  });

  it('keeps definition order, fits its schema and can be run from its first step to its last, for any graph', () => {
    fc.assert(
      fc.property(randomDag(), (dag) => {
        const plan = createPlan(
          workflow(dag.map((step) => echo(step.id, { depends_on: step.depends_on }))),
          {},
          CATALOGUE,
        );
        expect(Plan.parse(plan)).toEqual(plan);
        expect(plan.steps.map(({ id, depends_on }) => ({ id, depends_on }))).toEqual(dag);
        const order = topologicalPositions(createGraph(plan.steps)).map((position) => plan.steps[position]);
        expect(new Set(order)).toEqual(new Set(plan.steps));
        const done = new Set<string>();
        for (const step of order) {
          for (const id of step?.depends_on ?? []) expect(done).toContain(id);
          done.add(step?.id ?? '');
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('step overrides', () => {
  it('merge into the config as RFC 7396 says', () => {
    const plan = createPlan(
      definition,
      { train: { config: { depth: 8, rows: null, nested: { b: null, c: 3 } } } },
      CATALOGUE,
    );
    expect(plan.specs.train?.config).toEqual({ depth: 8, nested: { a: 1, c: 3 } });
    expect(plan.steps[1]?.refs).toEqual([]);
  });

  it('replace, change and remove the other fields', () => {
    const overrides: Overrides = {
      extract: { retry_policy: { backoff_coefficient: 3 }, resources: { max_workers: 2 } },
      train: { timeout: null },
    };
    const plan = createPlan(definition, overrides, CATALOGUE);
    expect(plan.steps[0]?.retry).toMatchObject({ max_attempts: 3, backoff_coefficient: 3 });
    expect(plan.specs.extract?.resources).toEqual({ max_workers: 2 });
    expect(plan.steps[1]?.timeout_ms).toBe(3_600_000);
    expect(createPlan(definition, { extract: { retry_policy: null } }, CATALOGUE).steps[0]?.retry.max_attempts).toBe(1);
  });

  it('are refused when they make the definition larger than one may be, and not at the limit', () => {
    const size = (of: object) => JSON.stringify(of).length;
    const config = { text: 'x'.repeat(250_000) };
    const steps = Array.from({ length: 17 }, (_, i) => echo(`s${i}`, { config: i < 16 ? config : { text: '' } }));
    const large = workflow(steps);
    const room = LIMITS.definitionBytes - size(large);
    const grow = (by: number) => () => createPlan(large, { s16: { config: { text: 'x'.repeat(by) } } }, CATALOGUE);
    expect(grow(room)().steps).toHaveLength(17);
    expect(grow(room + 1)).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_ERROR',
        status: 400,
        details: [expect.objectContaining({ path: 'step_overrides' })],
      }),
    );
  });

  it('are checked as far as they can be read when the schema refuses some', () => {
    const { details } = failure({
      extract: { timeout: 'soon', config: { limit: 0 } },
      train: { config: { x: '${{ steps.extrcat.output }}' }, resources: { min_workers: 0 } },
    });
    expect(details).toMatchObject([
      { code: 'VALIDATION_ERROR', path: 'step_overrides.extract.timeout' },
      { code: 'VALIDATION_ERROR', path: 'step_overrides.extract.config.limit' },
      { code: 'VALIDATION_ERROR', path: 'step_overrides.train.resources.min_workers' },
      { code: 'STEP_DEPENDENCY_ERROR', path: 'step_overrides.train.config.x' },
    ]);
  });

  it('leave the definition as it was', () => {
    const before = JSON.stringify(definition);
    createPlan(definition, { train: { config: { nested: { a: null } } } }, CATALOGUE);
    expect(JSON.stringify(definition)).toBe(before);
  });

  it.each<[string, Overrides, string, string]>([
    ['an unknown step', { trian: {} }, 'step_overrides.trian', 'there is no step "trian"; did you mean "train"?'],
    [
      'a step named like a member of Object',
      { constructor: {} },
      'step_overrides.constructor',
      'there is no step "constructor"',
    ],
    [
      'a config that the operation refuses',
      { extract: { config: { limit: 0 } } },
      'step_overrides.extract.config.limit',
      'must be at least 1',
    ],
    [
      'a config without a field that is needed',
      { extract: { config: { sql: null } } },
      'step_overrides.extract.config.sql',
      'is required',
    ],
    [
      'a broken expression',
      { train: { config: { x: '${{ nope }}' } } },
      'step_overrides.train.config.x',
      '"${{ nope }}": unknown name "nope" (at character 5)',
    ],
    ['a timeout over 30 days', { train: { timeout: '31d' } }, 'step_overrides.train.timeout', 'must be at most 30d'],
    [
      'resources that contradict the definition',
      { train: { resources: { min_workers: 3, max_workers: 2 } } },
      'step_overrides.train.resources.min_workers',
      'must not exceed max_workers',
    ],
  ])('are refused with 400: %s', (_title, overrides, path, message) => {
    const error = failure(overrides);
    expect(error).toMatchObject({ code: 'VALIDATION_ERROR', status: 400 });
    expect(error.details).toEqual([{ code: 'VALIDATION_ERROR', path, message }]);
  });

  it('are refused with 422 when they read a step that is not upstream', () => {
    expect(failure({ extract: { config: { sql: '${{ steps.train.output }}' } } })).toMatchObject({
      code: 'STEP_DEPENDENCY_ERROR',
      status: 422,
      details: [{ path: 'step_overrides.extract.config.sql' }],
    });
  });
});

describe('at execute', () => {
  const withoutDuckdb = plugin('core', { echo: { type: 'object' } });

  it('waits for the pool that offers all, whatever other pools are live', () => {
    const offline = pool({ name: 'other', live: false });
    const catalogue = [pool({ plugins: [withoutDuckdb] }), offline];
    expect(createPlan(definition, {}, catalogue).steps).toHaveLength(2);
    expect(choosePool(definition.steps, catalogue)).toEqual(offline);
  });

  it('operations that only several pools together offer are 503', () => {
    const rest = pool({ name: 'other', plugins: [plugin('duckdb', { query: { type: 'object' } })] });
    expect(failure({}, [pool({ plugins: [withoutDuckdb] }), rest])).toMatchObject({
      code: 'PLUGIN_UNAVAILABLE',
      status: 503,
      message:
        'steps.0.plugin: step "extract" needs "duckdb.query": pool "default" does not offer it, and one pool runs all steps',
    });
  });

  it('prefers a live pool, and an offline one to a live one that cannot', () => {
    const unconfigured = [withoutDuckdb, plugin('duckdb', { query: { type: 'object' } }, 'install it')];
    const [offline, live, unable] = [
      pool({ name: 'a', live: false }),
      pool({ name: 'b' }),
      pool({ name: 'c', plugins: unconfigured }),
    ];
    expect(choosePool(definition.steps, [offline, unable, live])).toBe(live);
    expect(choosePool(definition.steps, [unable, offline])).toBe(offline);
    expect(choosePool(definition.steps, [unable])).toBe(unable);
    expect(choosePool(definition.steps, [])).toMatchObject({ name: 'default', live: false });
  });

  it('a plugin that is not configured is 503 with what to do', () => {
    const plugins = [withoutDuckdb, plugin('duckdb', { query: { type: 'object' } }, 'install it')];
    expect(failure({}, [pool({ plugins })])).toMatchObject({
      code: 'PLUGIN_UNAVAILABLE',
      status: 503,
      message: expect.stringContaining('install it'),
    });
  });

  it('is planned all the same while no worker is live', () => {
    expect(createPlan(definition, {}, [pool({ live: false })]).steps).toHaveLength(2);
  });

  it('resources beyond what is declared are 503', () => {
    expect(
      failure({ train: { resources: { max_workers: 9 } } }, [pool({ capacity: { max_workers: 4 } })]),
    ).toMatchObject({
      code: 'RESOURCE_INSUFFICIENT',
      status: 503,
    });
  });

  it('holds resources against the pool that runs it, and takes one that has them', () => {
    const asking = workflow([
      echo('wide', { resources: { max_workers: 9 } }),
      echo('typed', { resources: { node_type: 'gpu' } }),
    ]);
    const wide = pool({ name: 'a', capacity: { max_workers: 9, node_types: ['cpu'] } });
    const typed = pool({ name: 'b', capacity: { max_workers: 4, node_types: ['gpu'] } });
    const both = pool({ name: 'c', live: false });
    // Each step alone would find a pool.
    expect(() => createPlan(asking, {}, [wide, typed])).toThrow(
      expect.objectContaining({ code: 'RESOURCE_INSUFFICIENT', status: 503 }),
    );
    const catalogue = [wide, typed, both];
    expect(poolOf(createPlan(asking, {}, catalogue), catalogue)).toBe(both);
    const narrow = [typed, wide];
    expect(poolOf(createPlan(workflow(asking.steps.slice(0, 1)), {}, narrow), narrow)).toBe(wide);
  });

  it('a wrong override outranks a missing plugin', () => {
    expect(failure({ nope: {} }, [pool({ plugins: [withoutDuckdb] })])).toMatchObject({
      code: 'VALIDATION_ERROR',
      status: 400,
    });
  });
});
