/** What the rules of the graph need of a step. */
export interface DagStep {
  id: string;
  depends_on?: readonly string[] | undefined;
}

/** Steps by position: `dependencies[i]` holds the positions that step `i` waits for, known ones only, each once, never itself. */
export interface Graph {
  ids: readonly string[];
  /** Position of the first step with an id. */
  positions: ReadonlyMap<string, number>;
  dependencies: readonly (readonly number[])[];
}

/** The graph of these steps, which may be broken: what cannot be an edge is left out (see `checkDag`). */
export function createGraph(steps: readonly DagStep[]): Graph {
  const positions = new Map<string, number>();
  steps.forEach((step, position) => {
    if (!positions.has(step.id)) positions.set(step.id, position);
  });
  const dependencies = steps.map((step, position) => {
    const known = new Set<number>();
    for (const id of step.depends_on ?? []) {
      const dependency = positions.get(id);
      if (dependency !== undefined && dependency !== position) known.add(dependency);
    }
    return [...known];
  });
  return { ids: steps.map((step) => step.id), positions, dependencies };
}

/** Positions such that each step comes after its dependencies, definition order first. Steps on or behind a cycle are left out. */
export function topologicalPositions({ dependencies }: Graph): number[] {
  const waitingFor = dependencies.map((list) => list.length);
  const dependants: number[][] = dependencies.map(() => []);
  dependencies.forEach((list, position) => {
    for (const dependency of list) dependants[dependency]?.push(position);
  });
  const order = waitingFor.flatMap((count, position) => (count === 0 ? [position] : []));
  // The list grows while it is walked: a step joins when its last dependency has been passed.
  for (const position of order) {
    for (const dependant of dependants[position] ?? []) {
      const left = (waitingFor[dependant] ?? 0) - 1;
      waitingFor[dependant] = left;
      if (left === 0) order.push(dependant);
    }
  }
  return order;
}

/** Does the step `step` run only after the step `upstream` has ended? */
export interface UpstreamQuery {
  step: string;
  upstream: string;
}

/** Targets that one pass over the graph follows: one bit of a 32-bit word each. */
const WORD = 32;

/**
 * The queries whose answer is no, in their order. The graph has passed `checkDag`. Memory grows with the steps, not with their square: passes of
 * 32 targets each replace the transitive closure.
 */
export function notUpstream<Query extends UpstreamQuery>(graph: Graph, queries: readonly Query[]): Query[] {
  const position = (id: string) => graph.positions.get(id) ?? -1;
  const isDirect = ({ step, upstream }: UpstreamQuery) =>
    graph.dependencies[position(step)]?.includes(position(upstream)) ?? false;
  const open = new Set(queries.filter((query) => !isDirect(query)));
  if (open.size === 0) return [];

  const order = topologicalPositions(graph);
  const byTarget = new Map<number, Query[]>();
  for (const query of open) {
    const target = position(query.upstream);
    const sharing = byTarget.get(target);
    if (sharing) sharing.push(query);
    else byTarget.set(target, [query]);
  }
  const targets = [...byTarget.keys()].filter((target) => target !== -1);
  for (let first = 0; first < targets.length; first += WORD) {
    const batch = targets.slice(first, first + WORD);
    const reached = reachedTargets(graph, order, batch);
    batch.forEach((target, bit) => {
      for (const query of byTarget.get(target) ?? []) {
        if (((reached[position(query.step)] ?? 0) >>> bit) & 1) open.delete(query);
      }
    });
  }
  return [...open];
}

/** Per step a word whose bit n says that `targets[n]` is upstream of it. */
function reachedTargets({ dependencies }: Graph, order: readonly number[], targets: readonly number[]): Uint32Array {
  const reached = new Uint32Array(dependencies.length);
  // What a step passes on: the targets upstream of it, and itself when it is one.
  const passed = new Uint32Array(dependencies.length);
  targets.forEach((target, bit) => {
    passed[target] = 1 << bit;
  });
  for (const position of order) {
    let word = 0;
    for (const dependency of dependencies[position] ?? []) word |= passed[dependency] ?? 0;
    reached[position] = word;
    passed[position] = (passed[position] ?? 0) | word;
  }
  return reached;
}

/** The chain of steps that takes longest, and how long, in the unit of `durationOf` (≥ 0). `steps` have passed `checkDag`. */
export function criticalPath<Step extends DagStep>(
  steps: readonly Step[],
  durationOf: (step: Step) => number,
): { duration: number; path: string[] } {
  const graph = createGraph(steps);
  const ends = new Array<number>(steps.length).fill(0);
  const before = new Array<number>(steps.length).fill(-1);
  let last = -1;
  for (const position of topologicalPositions(graph)) {
    const step = steps[position];
    if (!step) continue;
    let start = 0;
    for (const dependency of graph.dependencies[position] ?? []) {
      const end = ends[dependency] ?? 0;
      if (before[position] !== -1 && end <= start) continue;
      start = end;
      before[position] = dependency;
    }
    ends[position] = start + durationOf(step);
    if (last === -1 || (ends[position] ?? 0) > (ends[last] ?? 0)) last = position;
  }
  const path: string[] = [];
  for (let position = last; position !== -1; position = before[position] ?? -1) path.push(graph.ids[position] ?? '');
  return { duration: ends[last] ?? 0, path: path.reverse() };
}
