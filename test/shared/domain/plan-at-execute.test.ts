import { describe, expect, it } from 'vitest';
import { choosePool } from '../../../shared/domain/choose-pool.ts';
import { poolOf } from '../../../shared/domain/plan.ts';
import { echo, plugin, pool, workflow } from './definition-samples.ts';
import { definition, failure, planOf } from './plan-samples.ts';

describe('at execute', () => {
  const withoutDuckdb = plugin('core', { echo: { type: 'object' } });

  it('waits for the pool that offers all, whatever other pools are live', () => {
    const offline = pool({ name: 'other', live: false });
    const catalogue = [pool({ plugins: [withoutDuckdb] }), offline];
    expect(planOf(definition, {}, catalogue).steps).toHaveLength(2);
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
    expect(planOf(definition, {}, [pool({ live: false })]).steps).toHaveLength(2);
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
    expect(() => planOf(asking, {}, [wide, typed])).toThrow(
      expect.objectContaining({ code: 'RESOURCE_INSUFFICIENT', status: 503 }),
    );
    const catalogue = [wide, typed, both];
    expect(poolOf(planOf(asking, {}, catalogue), catalogue)).toBe(both);
    const narrow = [typed, wide];
    expect(poolOf(planOf(workflow(asking.steps.slice(0, 1)), {}, narrow), narrow)).toBe(wide);
  });

  it('a wrong override outranks a missing plugin', () => {
    expect(failure({ nope: {} }, [pool({ plugins: [withoutDuckdb] })])).toMatchObject({
      code: 'VALIDATION_ERROR',
      status: 400,
    });
  });
});
