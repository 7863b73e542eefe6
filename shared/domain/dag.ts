/** What the rules of the graph need of a step. */
export interface DagStep {
  id: string;
  depends_on?: readonly string[] | undefined;
}

/** A step as far as it can be read: null stands for what cannot be. */
export interface ReadableDagStep {
  id: string | null;
  depends_on?: readonly (string | null)[] | null | undefined;
}

/** Steps by position: `dependencies[i]` holds the positions that step `i` waits for, known ones only, each once, never itself. */
export interface Graph {
  /** Empty for one that cannot be read. */
  ids: readonly string[];
  /** Position of the first step with an id. */
  positions: ReadonlyMap<string, number>;
  dependencies: readonly (readonly number[])[];
  /** False when an id cannot be read: any name that is not in `positions` may be that step's. */
  complete: boolean;
  /** Positions whose `dependencies` may be others: some are unknown or cannot be read, or the id stands for several steps. */
  doubtful: ReadonlySet<number>;
}

/** The graph of these steps, which may be broken: what cannot be an edge is left out (see `checkDag`). */
export function createGraph(steps: readonly ReadableDagStep[]): Graph {
  const positions = new Map<string, number>();
  const doubtful = new Set<number>();
  let complete = true;
  steps.forEach(({ id }, position) => {
    if (id === null) {
      complete = false;
      return;
    }
    const first = positions.get(id);
    if (first === undefined) positions.set(id, position);
    else doubtful.add(first).add(position);
  });
  const dependencies = steps.map(({ depends_on }, position) => {
    const known = new Set<number>();
    if (depends_on === null) doubtful.add(position);
    for (const id of depends_on ?? []) {
      const dependency = id === null ? undefined : positions.get(id);
      if (dependency === undefined) doubtful.add(position);
      else if (dependency !== position) known.add(dependency);
    }
    return [...known];
  });
  return { ids: steps.map(({ id }) => id ?? ''), positions, dependencies, complete, doubtful };
}

/** Positions of the steps of which all that is upstream is known: nothing doubtful is among it, and no cycle. */
export function settledPositions(graph: Graph): Set<number> {
  const settled = new Set<number>();
  for (const position of topologicalPositions(graph)) {
    const dependencies = graph.dependencies[position] ?? [];
    if (!graph.doubtful.has(position) && dependencies.every((dependency) => settled.has(dependency)))
      settled.add(position);
  }
  return settled;
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
 * The queries whose answer is no, in their order; in a graph that has not passed `checkDag` that holds for the steps at
 * `settledPositions` alone. Memory grows with the steps, not with their square: passes of 32 targets each replace the
 * transitive closure.
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
