import { describe, expect, it } from 'vitest';
import { createPlan } from '../../../shared/domain/plan.ts';
import { validateDefinition } from '../../../shared/domain/validate-definition.ts';
import { AppError, type Violation } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/schemas/json.ts';
import type { Step } from '../../../shared/schemas/workflow.ts';
import { CATALOGUE, echo, workflow } from './definition-samples.ts';
import type { Overrides } from './plan-samples.ts';

interface Start {
  parameters?: JsonObject;
  step_overrides?: Overrides;
}

const reading = (value: string, id = 'gate') => echo(id, { config: { value } });
const start = (steps: Step[], given: Start = {}) => createPlan(workflow(steps), given, CATALOGUE);
const warnings = (steps: Step[], parameters: JsonObject) => start(steps, { parameters }).warnings;

function refused(steps: Step[], given: Start = {}): readonly Violation[] {
  try {
    start(steps, given);
  } catch (error) {
    if (error instanceof AppError && Array.isArray(error.details)) {
      expect([error.code, error.status]).toEqual(['VALIDATION_ERROR', 400]);
      return error.details;
    }
    throw error;
  }
  throw new Error('it was planned');
}

const MIN = '${{ has(parameters.min_auc) ? parameters.min_auc : 0.5 }}';

describe('a parameter that is read and not given', () => {
  it('is refused at its path, with the place that reads it and the remedy', () => {
    expect(refused([echo('a'), reading('over ${{ parameters.nope }}')])).toEqual([
      {
        code: 'VALIDATION_ERROR',
        path: 'parameters.nope',
        message:
          'is not given; step "gate" reads it at steps.1.config.value (expression at character 9): ' +
          'give it, or read it only where has(parameters.nope) is true',
      },
    ]);
  });

  it('is refused once, however many places read it', () => {
    const [violation, ...more] = refused([
      reading('${{ parameters.nope }} and ${{ parameters.nope + 1 }}'),
      reading('${{ parameters.nope }}', 'b'),
    ]);
    expect(violation?.message).toContain('(expression at character 4) and 2 more places:');
    expect(more).toEqual([]);
  });

  it('is refused beside a place where it may be absent', () => {
    const steps = [reading('${{ has(parameters.a) ? parameters.a : 1 }} ${{ parameters.a }}')];
    expect(refused(steps).map(({ path }) => path)).toEqual(['parameters.a']);
  });

  it('is told with the given one that is near and that nothing reads', () => {
    const [violation] = refused([reading('${{ parameters.threshold }}')], { parameters: { treshold: 0.9, limit: 1 } });
    expect(violation?.message).toMatch(/; "treshold" is given and not read: is it meant\?$/);
    const [other] = refused([reading('${{ parameters.a1 + parameters.a2 }}')], { parameters: { a2: 1 } });
    expect(other?.message).not.toContain('is it meant');
  });

  it('is said to be impossible inside what is no object', () => {
    const [violation] = refused([reading('${{ parameters.model.depth }}')], { parameters: { model: 'tree' } });
    expect(violation?.path).toBe('parameters.model.depth');
    expect(violation?.message).toMatch(/^is not there, since parameters.model is a string; step "gate" reads it/);
  });

  it('is looked for in the configs as overrides leave them', () => {
    const steps = [reading('${{ parameters.a }}')];
    const override = (config: JsonObject | null): Overrides => ({ gate: { config } });
    expect(start(steps, { step_overrides: override({ value: 1 }) }).warnings).toEqual([]);
    expect(start(steps, { step_overrides: override(null) }).warnings).toEqual([]);
    const paths = refused([reading('fixed')], {
      step_overrides: override({ value: { deep: ['${{ parameters.b }}'] } }),
    }).map(({ path, message }) => `${path} ${/at (\S+)/.exec(message)?.[1]}`);
    expect(paths).toEqual(['parameters.b steps.0.config.value.deep.0']);
  });

  it('is not looked for in a step whose override is refused itself', () => {
    const details = refused([reading('${{ parameters.a }}')], { step_overrides: { gate: { timeout: 'soon' } } });
    expect(details.map(({ path }) => path)).toEqual(['step_overrides.gate.timeout']);
  });

  it('is not one that stands in an escaped expression, a key, or text', () => {
    const config = { '${{ parameters.a }}': '$${{ parameters.b }}', text: 'parameters.c' };
    expect(start([echo('a', { config })]).warnings).toEqual([]);
  });

  it('of thousands names a thousand', () => {
    const steps = Array.from({ length: 3_000 }, (_, i) => reading(`\${{ parameters.p${i} }}`, `s${i}`));
    expect(refused(steps)).toHaveLength(1_000);
  });

  it('makes a definition with a schedule impossible: its schedule gives none', () => {
    const schedule = { type: 'cron' as const, expression: '@daily' };
    const check = (value: string) => validateDefinition(workflow([reading(value)], { schedule }), CATALOGUE).violations;
    expect(check(MIN)).toEqual([]);
    expect(check('${{ parameters.day }}')).toEqual([
      {
        code: 'VALIDATION_ERROR',
        path: 'parameters.day',
        message: expect.stringMatching(
          /^the schedule starts executions without parameters, and this one is not given; step "gate" .*; or leave the schedule out$/,
        ),
      },
    ]);
    expect(validateDefinition(workflow([reading('${{ parameters.day }}')]), CATALOGUE).violations).toEqual([]);
  });
});

describe('a parameter that is given and not read', () => {
  it('is named with the nearest that is read, and those that are', () => {
    expect(warnings([reading(MIN), reading('${{ parameters.seed }}', 'b')], { min_acu: 0.99, seed: 7 })).toEqual([
      {
        code: 'PARAMETER_UNREAD',
        path: 'parameters.min_acu',
        message: 'no step reads parameters.min_acu; did you mean "min_auc"? (read: min_auc, seed)',
      },
    ]);
  });

  it('is named alone where nothing is read', () => {
    expect(warnings([echo('a')], { x: null })).toEqual([
      { code: 'PARAMETER_UNREAD', path: 'parameters.x', message: 'no step reads parameters.x' },
    ]);
  });

  it.each(['parameters', 'parameters[execution.id]', 'parameters.map(k, k)', 'execution.id in parameters'])(
    'is none where all may be read: %s',
    (source) => {
      expect(warnings([reading(`\${{ ${source} }}`)], { x: 1, y: { z: 2 } })).toEqual([]);
    },
  );

  it.each<[string, JsonObject, string[]]>([
    ['parameters.model.depth', { model: { depth: 3, dpeth: 4 } }, ['parameters.model.dpeth']],
    ['parameters.model', { model: { depth: 3 } }, []],
    ['[parameters.model, parameters.model.depth]', { model: { depth: 3, more: 1 } }, []],
    [
      'has(parameters.model) ? parameters.model.depth : 1',
      { model: { depth: 3, dpeth: 4 } },
      ['parameters.model.dpeth'],
    ],
    ['has(parameters.model)', { model: { depth: 3 } }, []],
    ['parameters.model[parameters.key]', { model: { depth: 3 }, key: 'depth' }, []],
    ['"x" in parameters', { x: 1, y: 2 }, ['parameters.y']],
    ['parameters.list[0].a', { list: [{ a: 1, b: 2 }] }, []],
    ['1 == 1', { __proto__: null, constructor: 1 }, ['parameters.constructor']],
  ])('is looked for inside others too: %s of %j', (source, parameters, expected) => {
    expect(warnings([reading(`\${{ ${source} }}`)], parameters).map(({ path }) => path)).toEqual(expected);
  });

  it('of thousands names a hundred and says how many more there are', () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`p${i}`, i]));
    const found = warnings([reading(MIN)], many);
    expect(found).toHaveLength(101);
    expect(found.at(-1)?.message).toBe('no step reads 19900 more of the parameters that are given');
  });
});
