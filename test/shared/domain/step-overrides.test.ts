import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { CATALOGUE, echo, workflow } from './definition-samples.ts';
import { definition, failure, type Overrides, planOf } from './plan-samples.ts';

describe('step overrides', () => {
  it('merge into the config as RFC 7396 says', () => {
    const plan = planOf(
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
    const plan = planOf(definition, overrides, CATALOGUE);
    expect(plan.steps[0]?.retry).toMatchObject({ max_attempts: 3, backoff_coefficient: 3 });
    expect(plan.specs.extract?.resources).toEqual({ max_workers: 2 });
    expect(plan.steps[1]?.timeout_ms).toBe(3_600_000);
    expect(planOf(definition, { extract: { retry_policy: null } }, CATALOGUE).steps[0]?.retry.max_attempts).toBe(1);
  });

  it('are refused when they make the definition larger than one may be, and not at the limit', () => {
    const size = (of: object) => JSON.stringify(of).length;
    const config = { text: 'x'.repeat(250_000) };
    const steps = Array.from({ length: 17 }, (_, i) => echo(`s${i}`, { config: i < 16 ? config : { text: '' } }));
    const large = workflow(steps);
    const room = LIMITS.definitionBytes - size(large);
    const grow = (by: number) => () => planOf(large, { s16: { config: { text: 'x'.repeat(by) } } }, CATALOGUE);
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
    planOf(definition, { train: { config: { nested: { a: null } } } }, CATALOGUE);
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
      '"${{ nope }}": unknown name "nope" (known: parameters, execution, workflow, steps) (at character 5)',
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
