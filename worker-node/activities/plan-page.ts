import type { Plan } from '../../shared/schemas/plan.ts';
import type { PlanPage } from './contract.ts';

/** A value in history may have 2 MB; a step of a plan has about 300 bytes and its dependencies. */
const PAGE_CHARACTERS = 1024 * 1024;

/** One page of a plan's steps, without the configs. */
export function planPage({ steps, timeout_ms }: Plan, page: number): PlanPage {
  const pages: Plan['steps'][] = [[]];
  let room = PAGE_CHARACTERS;
  for (const step of steps) {
    room -= JSON.stringify(step).length + 1;
    if (room < 0) {
      pages.push([]);
      room = PAGE_CHARACTERS;
    }
    pages.at(-1)?.push(step);
  }
  return { pages: pages.length, steps: pages[page] ?? [], timeout_ms };
}
