import type { Catalogue, KnownPool } from '../../shared/domain/catalogue.ts';
import type { Plan } from '../../shared/schemas/plan.ts';

const DEFAULT_POOL = 'default';

/**
 * The pool that runs the whole plan: one that offers every operation and has a live worker, else one that offers them
 * all, else the default pool. Its name, and whether a worker of it is live.
 */
export function choosePool({ steps }: Pick<Plan, 'steps'>, catalogue: Catalogue): Pick<KnownPool, 'name' | 'live'> {
  const offersAll = ({ plugins }: KnownPool) => {
    const offered = new Set(
      plugins.flatMap((plugin) => plugin.operations.map((operation) => `${plugin.name}.${operation.name}`)),
    );
    return steps.every((step) => offered.has(`${step.plugin}.${step.operation}`));
  };
  const able = catalogue.filter(offersAll);
  return able.find(({ live }) => live) ?? able[0] ?? { name: DEFAULT_POOL, live: false };
}
