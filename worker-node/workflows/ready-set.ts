import type { PlanStep } from '../../shared/schemas/plan.ts';

/** Which steps may start. Steps are known by their place in the plan. */
export interface ReadySet {
  /** Takes out the next step whose dependencies have all completed: first ready, first out. */
  take(): number | undefined;
  /** Whether `take` has one. */
  readonly size: number;
  /** Puts a step (back) in, to be tried again. */
  add(index: number): void;
  completed(index: number): void;
  /** All steps that can never start once `index` has failed, nearest first. Each step is answered once in its life. */
  failed(index: number): number[];
}

export function createReadySet(steps: readonly Pick<PlanStep, 'id' | 'depends_on'>[]): ReadySet {
  const indexOf = new Map(steps.map(({ id }, index) => [id, index]));
  const dependants: number[][] = steps.map(() => []);
  const waitsFor = steps.map(({ depends_on }) => depends_on.length);
  const doomed = new Set<number>();
  let queue: number[] = [];
  let head = 0;

  steps.forEach(({ depends_on }, index) => {
    if (depends_on.length === 0) queue.push(index);
    for (const id of depends_on) dependants[indexOf.get(id) ?? -1]?.push(index);
  });

  return {
    take() {
      const index = queue[head];
      if (index === undefined) return undefined;
      head++;
      // Shifting a long array costs its length each time; dropping the taken part now and then does not.
      if (head > 1_000) {
        queue = queue.slice(head);
        head = 0;
      }
      return index;
    },
    get size() {
      return queue.length - head;
    },
    add: (index) => {
      queue.push(index);
    },
    completed(index) {
      for (const dependant of dependants[index] ?? []) {
        const left = (waitsFor[dependant] ?? 0) - 1;
        waitsFor[dependant] = left;
        if (left === 0) queue.push(dependant);
      }
    },
    failed(index) {
      const skipped: number[] = [];
      const frontier = [index];
      for (const next of frontier) {
        for (const dependant of dependants[next] ?? []) {
          if (doomed.has(dependant)) continue;
          doomed.add(dependant);
          skipped.push(dependant);
          frontier.push(dependant);
        }
      }
      return skipped;
    },
  };
}
