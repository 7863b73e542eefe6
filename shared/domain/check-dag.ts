import type { Violation } from '../errors.ts';
import { createGraph, type Graph, type ReadableDagStep } from './dag.ts';
import { createSuggester, didYouMean } from './nearest.ts';
import { MAX_VIOLATIONS, quote } from './violations.ts';

/** Cycles that one answer names. */
const MAX_CYCLES = 100;
/** Steps of a cycle that a message spells out. */
const SHOWN_STEPS = 20;

/**
 * What is wrong with the graph: duplicate step ids; unknown, self and duplicate dependencies; cycles, each named.
 * Paths are those of the definition (`steps.2.depends_on.0`). Takes time linear in steps and dependencies, and no deep stack.
 * Nothing is said of what may be right once all can be read.
 */
export function checkDag(steps: readonly ReadableDagStep[]): Violation[] {
  const graph = createGraph(steps);
  const suggest = createSuggester(graph.positions.keys());
  const violations: Violation[] = [];
  steps.forEach(({ id: own, depends_on }, position) => {
    if (violations.length >= MAX_VIOLATIONS) return;
    const first = own === null ? position : graph.positions.get(own);
    if (own !== null && first !== position) {
      violations.push(dependencyError(`steps.${position}.id`, `${quote(own)} is already the id of steps.${first}`));
    }
    const seen = new Set<string>();
    for (const [index, id] of (depends_on ?? []).entries()) {
      if (violations.length >= MAX_VIOLATIONS) return;
      if (id === null) continue;
      const path = `steps.${position}.depends_on.${index}`;
      if (id === own) violations.push(dependencyError(path, `step ${quote(id)} depends on itself`));
      else if (!graph.positions.has(id)) {
        const message = `there is no step ${quote(id)}${didYouMean(suggest(id))}`;
        if (graph.complete) violations.push(dependencyError(path, message));
      } else if (seen.has(id)) violations.push(dependencyError(path, `${quote(id)} is listed twice`));
      seen.add(id);
    }
  });
  for (const cycle of findCycles(graph)) violations.push(cycleError(graph, steps, cycle));
  return violations;
}

/**
 * Cycles as positions, each step depending on the next and the last on the first. Every knot of cycles contributes at
 * least one; cycles that pass through the closing step of one already found are left out.
 */
function findCycles({ dependencies }: Graph): number[][] {
  const cycles: number[][] = [];
  const done = new Set<number>();
  const onCycle = new Set<number>();
  for (const root of dependencies.keys()) {
    if (done.has(root)) continue;
    // The walk keeps its own stack: a chain may be longer than the engine's.
    const path = [root];
    const depths = new Map([[root, 0]]);
    const cursors = [0];
    while (path.length > 0) {
      const top = path.length - 1;
      const position = path[top] ?? root;
      const cursor = cursors[top] ?? 0;
      cursors[top] = cursor + 1;
      const dependency = dependencies[position]?.[cursor];
      if (dependency === undefined) {
        done.add(position);
        depths.delete(position);
        path.pop();
        cursors.pop();
        continue;
      }
      const depth = depths.get(dependency);
      if (depth !== undefined) {
        if (onCycle.has(dependency) || cycles.length >= MAX_CYCLES) continue;
        const cycle = path.slice(depth);
        for (const member of cycle) onCycle.add(member);
        cycles.push(cycle);
      } else if (!done.has(dependency)) {
        depths.set(dependency, path.length);
        path.push(dependency);
        cursors.push(0);
      }
    }
  }
  return cycles;
}

function cycleError({ ids }: Graph, steps: readonly ReadableDagStep[], cycle: readonly number[]): Violation {
  const names = cycle.map((position) => ids[position] ?? '');
  const [first = '', second = first] = names;
  const start = cycle[0] ?? 0;
  const index = steps[start]?.depends_on?.indexOf(second) ?? 0;
  const shown =
    names.length <= SHOWN_STEPS ? names : [...names.slice(0, SHOWN_STEPS), `(${names.length - SHOWN_STEPS} more)`];
  const message = `the dependencies form a cycle: ${[...shown, first].join(' → ')}`;
  return dependencyError(`steps.${start}.depends_on.${index}`, message);
}

const dependencyError = (path: string, message: string): Violation => ({
  code: 'STEP_DEPENDENCY_ERROR',
  path,
  message,
});
