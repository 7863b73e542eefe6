import { describe, expect, it } from 'vitest';
import type { Catalogue } from '../../../shared/domain/catalogue.ts';
import { validateDefinition } from '../../../shared/domain/validate-definition.ts';
import type { Resources } from '../../../shared/schemas/workflow.ts';
import { problems } from './definition-problems.ts';
import { echo, plugin, pool, workflow } from './definition-samples.ts';

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
