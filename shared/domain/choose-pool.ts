import type { Step } from '../schemas/workflow.ts';
import type { Catalogue, KnownPool } from './catalogue.ts';

const DEFAULT_POOL = 'default';

/**
 * The pool that runs all of these steps: best a live one that can perform them now, then one that will once a worker of it
 * is connected, then one that has announced them. When no pool has announced them all, a live pool, which tells what is
 * missing; without any, the default pool.
 */
export function choosePool(steps: readonly Pick<Step, 'plugin' | 'operation'>[], catalogue: Catalogue): KnownPool {
  const needed = [...new Set(steps.map(nameOf))];
  const offers = ({ plugins }: KnownPool, unavailableToo: boolean) => {
    const offered = new Set(
      plugins
        .filter(({ available }) => available || unavailableToo)
        .flatMap(({ name: plugin, operations }) => operations.map(({ name }) => nameOf({ plugin, operation: name }))),
    );
    return needed.every((name) => offered.has(name));
  };
  const announced = catalogue.filter((pool) => offers(pool, true)).sort(liveFirst);
  const able = announced.filter((pool) => offers(pool, false));
  return able[0] ?? announced[0] ?? fallback(catalogue);
}

const nameOf = ({ plugin, operation }: { plugin: string; operation: string }): string => `${plugin}.${operation}`;

const liveFirst = (a: KnownPool, b: KnownPool): number => Number(b.live) - Number(a.live);

function fallback(catalogue: Catalogue): KnownPool {
  const live = catalogue.filter((pool) => pool.live);
  const isDefault = ({ name }: KnownPool) => name === DEFAULT_POOL;
  return live.find(isDefault) ?? live[0] ?? { name: DEFAULT_POOL, live: false, plugins: [], capacity: {} };
}
