import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createGraph,
  criticalPath,
  type DagStep,
  notUpstream,
  topologicalPositions,
} from '../../../shared/domain/dag.ts';
import { chain, randomDag } from './dag-samples.ts';

describe('topologicalPositions', () => {
  const idsInOrder = (steps: readonly DagStep[]) =>
    topologicalPositions(createGraph(steps)).map((position) => steps[position]?.id);

  it('puts every step after its dependencies and keeps all of them', () => {
    fc.assert(
      fc.property(randomDag(), (steps) => {
        const order = idsInOrder(steps);
        const place = new Map(order.map((id, index) => [id, index]));
        expect(order).toHaveLength(steps.length);
        for (const { id, depends_on } of steps) {
          for (const dependency of depends_on) expect(place.get(dependency)).toBeLessThan(place.get(id) ?? -1);
        }
      }),
    );
  });

  it('keeps definition order among steps that are ready together', () => {
    const steps = [{ id: 'c' }, { id: 'a' }, { id: 'b', depends_on: ['a'] }];
    expect(idsInOrder(steps)).toEqual(['c', 'a', 'b']);
  });

  it('orders a chain of 10,000 steps that is written backwards', () => {
    expect(idsInOrder(chain(10_000).reverse())[0]).toBe('s0');
  });
});

describe('notUpstream', () => {
  it('agrees with a walk over the dependencies', () => {
    fc.assert(
      fc.property(randomDag(), (steps) => {
        const byId = new Map(steps.map((step) => [step.id, step.depends_on]));
        const reaches = (from: string, to: string): boolean =>
          (byId.get(from) ?? []).some((id) => id === to || reaches(id, to));
        const queries = steps.flatMap(({ id }) => steps.map((other) => ({ step: id, upstream: other.id })));
        const expected = queries.filter(({ step, upstream }) => !reaches(step, upstream));
        expect(notUpstream(createGraph(steps), queries)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('answers for more than 32 targets and the sign bit of a word', () => {
    const graph = createGraph(chain(100));
    const queries = Array.from({ length: 99 }, (_, index) => ({ step: 's99', upstream: `s${index}` }));
    expect(notUpstream(graph, queries)).toEqual([]);
    expect(notUpstream(graph, [{ step: 's0', upstream: 's99' }])).toHaveLength(1);
  });

  it('says that a step is not upstream of itself, nor is one that does not exist', () => {
    const graph = createGraph([{ id: 'a' }]);
    const queries = [
      { step: 'a', upstream: 'a' },
      { step: 'a', upstream: 'zzz' },
    ];
    expect(notUpstream(graph, queries)).toEqual(queries);
  });

  it('answers 10,000 distant queries over 10,000 steps', () => {
    const graph = createGraph(chain(10_000));
    const queries = Array.from({ length: 9_998 }, (_, index) => ({ step: `s${index + 2}`, upstream: `s${index}` }));
    expect(notUpstream(graph, queries)).toEqual([]);
  });
});

describe('criticalPath', () => {
  it('follows the slowest branch', () => {
    const steps = [
      { id: 'a', seconds: 1 },
      { id: 'fast', depends_on: ['a'], seconds: 2 },
      { id: 'slow', depends_on: ['a'], seconds: 5 },
      { id: 'join', depends_on: ['fast', 'slow'], seconds: 1 },
    ];
    expect(criticalPath(steps, ({ seconds }) => seconds)).toEqual({ duration: 7, path: ['a', 'slow', 'join'] });
  });

  it('is empty without steps, and one step long for steps that take no time', () => {
    expect(criticalPath([], () => 1)).toEqual({ duration: 0, path: [] });
    expect(criticalPath([{ id: 'a' }], () => 0)).toEqual({ duration: 0, path: ['a'] });
  });

  it('is a chain of the graph whose durations add up, and no single step is longer', () => {
    fc.assert(
      fc.property(randomDag(), (steps) => {
        const durationOf = ({ id }: { id: string }) => (Number(id.slice(1)) * 7) % 11;
        const { duration, path } = criticalPath(steps, durationOf);
        const byId = new Map(steps.map((step) => [step.id, step]));
        expect(path.reduce((sum, id) => sum + durationOf({ id }), 0)).toBe(duration);
        for (const [index, id] of path.slice(1).entries()) expect(byId.get(id)?.depends_on).toContain(path[index]);
        for (const step of steps) expect(durationOf(step)).toBeLessThanOrEqual(duration);
      }),
    );
  });
});
