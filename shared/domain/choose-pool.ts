import type { Step } from '../schemas/workflow.ts';
import type { Catalogue, KnownPool } from './catalogue.ts';
import { type AskingStep, shortagesOf } from './shortages.ts';

const DEFAULT_POOL = 'default';

/** A step by what it needs of a pool. */
export type NeedingStep = Pick<Step, 'plugin' | 'operation'> & AskingStep;

/**
 * The pool that runs all of these steps: best a live one that can perform them now, then one that will once a worker of it
 * is connected, then one that has announced them; of those that have the resources if there is one, else of all. When no
 * pool has announced them all, a live pool, which tells what is missing; without any, the default pool.
 */
export function choosePool(steps: readonly NeedingStep[], catalogue: Catalogue): KnownPool {
  const needed = [...new Set(steps.map(nameOf))];
  const offers = ({ plugins }: KnownPool, unavailableToo: boolean) => {
    const offered = new Set(
      plugins
        .filter(({ available }) => available || unavailableToo)
        .flatMap(({ name: plugin, operations }) => operations.map(({ name }) => nameOf({ plugin, operation: name }))),
    );
    return needed.every((name) => offered.has(name));
  };
  const isLargeEnough = ({ capacity }: KnownPool) =>
    steps.every((step) => shortagesOf(step, '', capacity).length === 0);
  const best = (pools: readonly KnownPool[]) => pools.find((pool) => offers(pool, false)) ?? pools[0];
  const announced = catalogue.filter((pool) => offers(pool, true)).sort(liveFirst);
  return best(announced.filter(isLargeEnough)) ?? best(announced) ?? fallback(catalogue);
}

const nameOf = ({ plugin, operation }: { plugin: string; operation: string }): string => `${plugin}.${operation}`;

const liveFirst = (a: KnownPool, b: KnownPool): number => Number(b.live) - Number(a.live);

function fallback(catalogue: Catalogue): KnownPool {
  const live = catalogue.filter((pool) => pool.live);
  const isDefault = ({ name }: KnownPool) => name === DEFAULT_POOL;
  return live.find(isDefault) ?? live[0] ?? { name: DEFAULT_POOL, live: false, plugins: [], capacity: {} };
}
