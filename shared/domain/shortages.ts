import type { Violation } from '../errors.ts';
import type { Capacity } from '../schemas/plugin.ts';
import type { Resources } from '../schemas/workflow.ts';
import { joinPath, quote, stepName } from './violations.ts';

/** A step by what it asks for. */
export interface AskingStep {
  /** Null for one that cannot be read. */
  id: string | null;
  resources?: Resources | null | undefined;
}

/** What the step asks for beyond what a pool declares; what is not declared is unlimited. `path` is the step's. */
export function shortagesOf({ id, resources }: AskingStep, path: string, capacity: Capacity): Violation[] {
  if (!resources) return [];
  const found: Violation[] = [];
  const report = (field: string, message: string) =>
    found.push({ code: 'RESOURCE_INSUFFICIENT', path: joinPath(path, 'resources', field), message });
  const most = capacity.max_workers ?? Number.POSITIVE_INFINITY;
  for (const field of ['min_workers', 'max_workers'] as const) {
    const workers = resources[field] ?? 0;
    if (workers > most) report(field, `${stepName(id)} asks for ${workers} workers; there are at most ${most}`);
  }
  const types = capacity.node_types;
  if (resources.node_type !== undefined && types && !types.includes(resources.node_type)) {
    const offered = types.length === 0 ? 'none is offered' : `there are ${types.join(', ')}`;
    report('node_type', `${stepName(id)} asks for nodes of type ${quote(resources.node_type)}; ${offered}`);
  }
  return found;
}
