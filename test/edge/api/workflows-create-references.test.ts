import { describe, expect, it } from 'vitest';
import { create, echo, isRefused, minimal, type Refused, steps } from './workflow-inputs.ts';

const expression = (text: string, more: object = {}) => steps(echo('a'), echo('b', { config: { v: text }, ...more }));

describe('bad input of POST /v1/workflows', () => {
  it.each<Refused>([
    ['duplicate step ids', steps(echo('a'), echo('a')), 422, 'STEP_DEPENDENCY_ERROR', 'steps.1.id'],
    [
      'an unknown dependency',
      steps(echo('a', { depends_on: ['b'] })),
      422,
      'STEP_DEPENDENCY_ERROR',
      'steps.0.depends_on.0',
    ],
    [
      'a self dependency',
      steps(echo('a', { depends_on: ['a'] })),
      422,
      'STEP_DEPENDENCY_ERROR',
      'steps.0.depends_on.0',
    ],
    [
      'a duplicate dependency',
      steps(echo('a'), echo('b', { depends_on: ['a', 'a'] })),
      422,
      'STEP_DEPENDENCY_ERROR',
      'steps.1.depends_on.1',
    ],
    [
      '__proto__ as dependency',
      steps(echo('a', { depends_on: ['__proto__'] })),
      422,
      'STEP_DEPENDENCY_ERROR',
      'steps.0.depends_on.0',
    ],
    [
      'an unknown plugin',
      steps({ id: 'a', plugin: 'cor', operation: 'echo' }),
      422,
      'PLUGIN_UNAVAILABLE',
      'steps.0.plugin',
    ],
    [
      'an unknown operation',
      steps({ id: 'a', plugin: 'core', operation: 'ehco' }),
      422,
      'PLUGIN_UNAVAILABLE',
      'steps.0.operation',
    ],
    [
      'a strange plugin name',
      steps({ id: 'a', plugin: '\u0000../', operation: 'x' }),
      422,
      'PLUGIN_UNAVAILABLE',
      'steps.0.plugin',
    ],
    ['an expression that does not end', expression('${{ parameters.x'), 400, 'VALIDATION_ERROR', 'steps.1.config.v'],
    ['an expression with a syntax error', expression('${{ 1 + }}'), 400, 'VALIDATION_ERROR', 'steps.1.config.v'],
    [
      'an expression with an unknown name',
      expression('${{ secrets.KEY }}'),
      400,
      'VALIDATION_ERROR',
      'steps.1.config.v',
    ],
    [
      'an expression that reads a step not upstream',
      expression('${{ steps.a.output }}'),
      422,
      'STEP_DEPENDENCY_ERROR',
      'steps.1.config.v',
    ],
    [
      'an expression that reads an unknown step',
      expression('${{ steps.zz.output }}', { depends_on: ['a'] }),
      422,
      'STEP_DEPENDENCY_ERROR',
      'steps.1.config.v',
    ],
  ])('refuses %s', isRefused);

  it('names a cycle', async () => {
    const cycle = [
      echo('a', { depends_on: ['c'] }),
      echo('b', { depends_on: ['a'] }),
      echo('c', { depends_on: ['b'] }),
    ];
    const { status, body } = await create(minimal({ steps: cycle }));
    expect(status).toBe(422);
    expect(body.error.message).toMatch(/[abc] → [abc] → [abc] → [abc]/);
  });
});
