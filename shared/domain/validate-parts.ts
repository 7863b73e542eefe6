import type { Violation } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { CronSchedule, Step } from '../schemas/workflow.ts';
import { type Catalogue, indexOperations } from './catalogue.ts';
import { checkDag } from './check-dag.ts';
import { createStepChecker, isOver } from './check-step.ts';
import { validateCron } from './cron.ts';
import type { DagStep } from './dag.ts';
import { createExpressions } from './expressions.ts';

/**
 * What `validateDefinition` would say of a definition that its schema refuses, as far as parts of it can be read by
 * themselves: steps, the graph, the schedule. References between steps are left out: they mean nothing while steps are amiss.
 */
export function validateParts(value: unknown, catalogue: Catalogue): Violation[] {
  if (!isObject(value) || isOver(value, LIMITS.definitionBytes)) return [];
  const schedule = CronSchedule.safeParse(value.schedule).data;
  return [
    ...(Array.isArray(value.steps) ? validateSteps(value.steps, catalogue) : []),
    ...(schedule ? validateCron({ ...schedule, timezone: schedule.timezone ?? 'UTC' }, 'schedule') : []),
  ];
}

function validateSteps(steps: readonly unknown[], catalogue: Catalogue): Violation[] {
  if (steps.length > LIMITS.steps) return [];
  const check = createStepChecker(indexOperations(catalogue), createExpressions());
  const ofSteps = steps.flatMap((value, index) => {
    const step = Step.safeParse(value).data;
    return step ? check(step, `steps.${index}`).violations : [];
  });
  const nodes = steps.map(toNode).filter((node) => node !== null);
  // Without its id, a step would be missed where others depend on it.
  return nodes.length === steps.length ? [...ofSteps, ...checkDag(nodes)] : ofSteps;
}

/** The place of a step in the graph, whatever else is wrong with it; null without an id. */
function toNode(step: unknown): DagStep | null {
  if (!isObject(step) || typeof step.id !== 'string') return null;
  const { id, depends_on } = step;
  return Array.isArray(depends_on) && depends_on.every((name) => typeof name === 'string')
    ? { id, depends_on }
    : { id };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
