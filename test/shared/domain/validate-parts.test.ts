import { describe, expect, it } from 'vitest';
import { validateParts } from '../../../shared/domain/validate-parts.ts';
import { CATALOGUE, echo } from './definition-samples.ts';

const found = (value: unknown) => validateParts(value, CATALOGUE).map(({ code, path }) => `${code} ${path}`);

describe('validateParts', () => {
  it('checks each step that can be read by itself', () => {
    const steps = [{ ...echo('a', { plugin: 'nope' }), extra: 1 }, echo('b', { plugin: 'nope', timeout: '31d' }), 5];
    expect(found({ steps })).toEqual(['VALIDATION_ERROR steps.1.timeout', 'PLUGIN_UNAVAILABLE steps.1.plugin']);
  });

  it('finds a cycle through steps that cannot be read', () => {
    const steps = [
      { id: 'a', depends_on: ['b'] },
      { id: 'b', plugin: 5, depends_on: ['a'] },
    ];
    expect(found({ steps })).toEqual(['STEP_DEPENDENCY_ERROR steps.0.depends_on.0']);
  });

  it.each([
    ['without its id', [{ name: 'a' }, echo('b', { depends_on: ['a'] })]],
    ['with dependencies that are no list of names', [echo('a'), { ...echo('b'), depends_on: [5, 'nobody'] }]],
  ])('blames no dependency on a step %s', (_title, steps) => {
    expect(found({ steps })).toEqual([]);
  });

  it('checks a schedule that can be read', () => {
    expect(found({ schedule: { type: 'cron', expression: 'never' } })).toEqual([
      'VALIDATION_ERROR schedule.expression',
    ]);
    expect(found({ schedule: { type: 'interval', expression: 'never' } })).toEqual([]);
  });

  it.each([null, 5, [], {}, { steps: {} }, { steps: [null], schedule: null }])('has nothing to say of %j', (value) => {
    expect(found(value)).toEqual([]);
  });

  it('leaves what is over the limits alone', () => {
    expect(found({ steps: Array.from({ length: 10_001 }, () => echo('a')) })).toEqual([]);
    expect(found({ steps: [echo('a'), echo('a')], description: 'x'.repeat(4_194_304) })).toEqual([]);
  });
});
