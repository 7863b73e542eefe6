import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDag } from '../../../shared/domain/check-dag.ts';
import { chain, randomDag } from './dag-samples.ts';

const step = (id: string, ...depends_on: string[]) => ({ id, depends_on });

describe('checkDag', () => {
  it('accepts any graph without cycles', () => {
    fc.assert(fc.property(randomDag(), (steps) => void expect(checkDag(steps)).toEqual([])));
  });

  it.each([
    ['an unknown dependency', [step('a', 'b')], 'steps.0.depends_on.0', 'there is no step "b"'],
    [
      'an unknown one with its nearest name',
      [step('extract'), step('b', 'extrcat')],
      'steps.1.depends_on.0',
      'there is no step "extrcat"; did you mean "extract"?',
    ],
    ['a step that waits for itself', [step('a', 'a')], 'steps.0.depends_on.0', 'step "a" depends on itself'],
    ['a duplicate dependency', [step('a'), step('b', 'a', 'a')], 'steps.1.depends_on.1', '"a" is listed twice'],
    ['a duplicate id', [step('a'), step('b'), step('a')], 'steps.2.id', '"a" is already the id of steps.0'],
    [
      'a cycle of two',
      [step('a', 'b'), step('b', 'a')],
      'steps.0.depends_on.0',
      'the dependencies form a cycle: a → b → a',
    ],
    [
      'a cycle behind sound steps',
      [step('x'), step('a', 'x', 'c'), step('b', 'a'), step('c', 'b')],
      'steps.1.depends_on.1',
      'the dependencies form a cycle: a → c → b → a',
    ],
    ['a name of the prototype', [step('a', 'constructor')], 'steps.0.depends_on.0', 'there is no step "constructor"'],
    ['__proto__', [step('a', '__proto__')], 'steps.0.depends_on.0', 'there is no step "__proto__"'],
    [
      'a control character, shown escaped',
      [step('a', 'b\u0007')],
      'steps.0.depends_on.0',
      'there is no step "b\\u0007"',
    ],
  ])('names %s', (_title, steps, path, message) => {
    expect(checkDag(steps)).toEqual([{ code: 'STEP_DEPENDENCY_ERROR', path, message }]);
  });

  it('names every knot of cycles', () => {
    const steps = [step('a', 'b'), step('b', 'a', 'c'), step('c', 'd'), step('d', 'c'), step('e', 'a')];
    expect(checkDag(steps).map(({ message }) => message.split(': ')[1])).toEqual(['a → b → a', 'c → d → c']);
  });

  it('lists every violation, not only the first', () => {
    const paths = checkDag([step('a', 'zz', 'a'), step('a', 'yy')]).map(({ path }) => path);
    expect(paths).toEqual(['steps.0.depends_on.0', 'steps.0.depends_on.1', 'steps.1.id', 'steps.1.depends_on.0']);
  });

  it('finds a cycle exactly when closing one, and every cycle it names is real', () => {
    const link = fc.tuple(fc.nat(11), fc.nat(11));
    fc.assert(
      fc.property(randomDag(), link, (dag, [from, to]) => {
        const steps = dag.map(({ id, depends_on }) => ({ id, depends_on: [...depends_on] }));
        const [source, target] = [steps[from % steps.length], steps[to % steps.length]];
        if (!source || !target || source === target || source.depends_on.includes(target.id)) return;
        const byId = new Map(dag.map((item) => [item.id, item.depends_on]));
        const reaches = (start: string, end: string): boolean =>
          (byId.get(start) ?? []).some((id) => id === end || reaches(id, end));
        source.depends_on.push(target.id);
        const violations = checkDag(steps);
        expect(violations.length > 0).toBe(reaches(target.id, source.id));
        for (const { message } of violations) {
          const ids = message.split(': ')[1]?.split(' → ') ?? [];
          expect(ids[0]).toBe(ids.at(-1));
          ids.slice(1).forEach((id, index) => {
            expect(steps.find((item) => item.id === ids[index])?.depends_on).toContain(id);
          });
        }
      }),
    );
  });

  it('walks a chain of 10,000 steps, and names the cycle that closes it in a short message', () => {
    const steps = chain(10_000);
    expect(checkDag(steps)).toEqual([]);
    steps[0]?.depends_on.push('s9999');
    const [violation, ...others] = checkDag(steps);
    expect(others).toEqual([]);
    expect(violation?.path).toBe('steps.0.depends_on.0');
    expect(violation?.message).toMatch(/^the dependencies form a cycle: s0 → s9999 → .* → \(9980 more\) → s0$/);
  });

  it('stays bounded when every dependency is wrong', () => {
    const steps = Array.from({ length: 1_000 }, (_, index) => ({
      id: `step_number_${index}`,
      depends_on: Array.from({ length: 100 }, (_unused, other) => `step_nmuber_${index}_${other}`),
    }));
    expect(checkDag(steps)).toHaveLength(1_000);
  });

  it('stays bounded when everything depends on everything', () => {
    const ids = Array.from({ length: 400 }, (_, index) => `s${index}`);
    const violations = checkDag(ids.map((id) => ({ id, depends_on: ids.filter((other) => other !== id) })));
    expect(violations.length).toBeGreaterThan(0);
    expect(violations.length).toBeLessThanOrEqual(100);
  });
});
