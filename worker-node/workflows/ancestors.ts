import type { PlanStep } from '../../shared/schemas/plan.ts';

/** Whether one step is upstream of another, by any number of steps. */
export type IsUpstream = (of: string, step: string) => boolean;

/**
 * Works out what is upstream of a step when that is first asked for, as one bit per step: a plan may have 10,000 steps and a
 * million edges.
 */
export function createIsUpstream(steps: readonly Pick<PlanStep, 'id' | 'depends_on'>[]): IsUpstream {
  const words = Math.ceil(steps.length / 32);
  const indexOf = new Map(steps.map(({ id }, index) => [id, index]));
  const dependencies = (index: number) => (steps[index]?.depends_on ?? []).flatMap((id) => indexOf.get(id) ?? []);
  const known = new Map<number, Uint32Array>();

  /** Without recursion: a chain may be as long as the plan. */
  function upstreamOf(index: number): Uint32Array {
    const open = [index];
    for (let at = open.at(-1); at !== undefined; at = open.at(-1)) {
      const missing = known.has(at) ? [] : dependencies(at).filter((dependency) => !known.has(dependency));
      if (missing.length > 0) {
        open.push(...missing);
        continue;
      }
      open.pop();
      if (!known.has(at)) known.set(at, union(dependencies(at)));
    }
    return known.get(index) ?? new Uint32Array(words);
  }

  function union(indexes: readonly number[]): Uint32Array {
    const all = new Uint32Array(words);
    for (const index of indexes) {
      known.get(index)?.forEach((bits, word) => {
        all[word] = (all[word] ?? 0) | bits;
      });
      all[index >> 5] = (all[index >> 5] ?? 0) | (1 << (index & 31));
    }
    return all;
  }

  return (of, step) => {
    const [index, upstream] = [indexOf.get(of), indexOf.get(step)];
    if (index === undefined || upstream === undefined) return false;
    return (((upstreamOf(index)[upstream >> 5] ?? 0) >>> (upstream & 31)) & 1) === 1;
  };
}
