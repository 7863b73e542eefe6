import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGraph, topologicalPositions } from '../../../shared/domain/dag.ts';
import { Plan } from '../../../shared/schemas/plan.ts';
import { randomDag } from './dag-samples.ts';
import { CATALOGUE, echo, workflow } from './definition-samples.ts';
import { definition, planOf } from './plan-samples.ts';

describe('createPlan', () => {
  it('fills in every default', () => {
    const plan = planOf(workflow([echo('a')]), {}, CATALOGUE);
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
    const { steps } = planOf(workflow([nap, limited]), {}, CATALOGUE);
    expect(steps.map(({ timeout_ms }) => timeout_ms)).toEqual([365 * 86_400_000, 7_200_000]);
  });

  it('takes over what the definition says, in milliseconds', () => {
    const plan = planOf(definition, {}, CATALOGUE);
    expect(plan.timeout_ms).toBe(7_200_000);
    expect(plan.steps[0]).toMatchObject({ slot: 'compute', retry: { max_attempts: 3 } });
    expect(plan.steps[1]).toMatchObject({ depends_on: ['extract'], timeout_ms: 1_800_000, refs: ['extract'] });
  });

  it('marks the operations that the engine performs itself', () => {
    expect(planOf(workflow([echo('a', { operation: 'sleep' })]), {}, CATALOGUE).steps[0]?.in_engine).toBe(true);
  });

  it('lets a long first pause raise the default ceiling, not a given one', () => {
    const retryOf = (max_interval?: string) =>
      planOf(
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
        const plan = planOf(workflow(dag.map((step) => echo(step.id, { depends_on: step.depends_on }))), {}, CATALOGUE);
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
