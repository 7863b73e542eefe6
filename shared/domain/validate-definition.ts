import type { ErrorCode, Violation } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { CreatedWorkflow, WorkflowDefinition } from '../schemas/workflow.ts';
import { type Catalogue, indexOperations } from './catalogue.ts';
import { checkDag } from './check-dag.ts';
import { checkReferences, createStepChecker, isOver } from './check-step.ts';
import { validateCron } from './cron.ts';
import { createGraph } from './dag.ts';
import { createExpressions } from './expressions.ts';
import { mostImportant } from './violations.ts';

/** What a check of a whole definition found. */
export interface DefinitionCheck {
  /** At most 1,000, by precedence of their codes. None means that the workflow can be stored. */
  violations: Violation[];
  results: CreatedWorkflow['validation_results'];
  /** Plugins that are known but cannot run now, and what must happen first. No violation: the workflow is stored. */
  unavailable: { plugin: string; reason: string }[];
}

/** Every check of a workflow that its schema cannot make: graph, expressions, plugins, configs, schedule, limits, resources. */
export function validateDefinition(definition: WorkflowDefinition, catalogue: Catalogue): DefinitionCheck {
  if (isOver(definition, LIMITS.definitionBytes)) {
    const message = `the definition is over ${LIMITS.definitionBytes} bytes as JSON`;
    return report([{ code: 'VALIDATION_ERROR', path: '', message }], []);
  }
  const { steps, schedule } = definition;
  const check = createStepChecker(indexOperations(catalogue), createExpressions());
  const checks = steps.map((step, index) => check(step, `steps.${index}`));
  const references = checks.flatMap((result, index) => {
    const reader = steps[index]?.id ?? '';
    return result.references.map((reference) => ({ ...reference, reader }));
  });
  const dagViolations = checkDag(steps);
  const violations = [
    ...checks.flatMap((result) => result.violations),
    ...dagViolations,
    // In a broken graph "upstream" means nothing.
    ...(dagViolations.length === 0 ? checkReferences(createGraph(steps), references) : []),
    ...(schedule ? validateCron({ ...schedule, timezone: schedule.timezone ?? 'UTC' }, 'schedule') : []),
  ];
  const unavailable = new Map<string, string>();
  checks.forEach(({ operation }, index) => {
    if (operation?.unavailable) unavailable.set(steps[index]?.plugin ?? '', operation.unavailable);
  });
  return report(
    violations,
    [...unavailable].map(([plugin, reason]) => ({ plugin, reason })),
  );
}

function report(violations: readonly Violation[], unavailable: DefinitionCheck['unavailable']): DefinitionCheck {
  const none = (...codes: ErrorCode[]) => !violations.some(({ code }) => codes.includes(code));
  const ofSchedule = violations.filter(({ path }) => path.startsWith('schedule.'));
  const ofSteps = violations.filter(({ code, path }) => code === 'VALIDATION_ERROR' && !path.startsWith('schedule.'));
  return {
    violations: mostImportant(violations),
    results: {
      steps_valid: ofSteps.length === 0 && none('RESOURCE_INSUFFICIENT'),
      dependencies_resolved: none('STEP_DEPENDENCY_ERROR'),
      plugins_available: none('PLUGIN_UNAVAILABLE') && unavailable.length === 0,
      schedule_valid: ofSchedule.length === 0,
    },
    unavailable,
  };
}
