import { type ErrorCode, PRECEDENCE, type Violation } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { CreatedWorkflow, WorkflowDefinition } from '../schemas/workflow.ts';
import { type Catalogue, indexOperations, type KnownOperation } from './catalogue.ts';
import { checkDag } from './check-dag.ts';
import { checkScheduledParameters } from './check-parameters.ts';
import { checkReferences, createStepChecker, isOver, type StepCheck, type StepChecker } from './check-step.ts';
import { type CronTimes, validateCron } from './cron.ts';
import { createGraph } from './dag.ts';
import { createExpressions } from './expressions.ts';
import type { ReadableStep } from './readable-step.ts';
import { MAX_VIOLATIONS, mostImportant } from './violations.ts';

/** What a check of a whole definition found. */
export interface DefinitionCheck {
  /** At most 1,000, by precedence of their codes. None means that the workflow can be stored. */
  violations: Violation[];
  results: CreatedWorkflow['validation_results'];
  /** Plugins that are known but cannot run now, and what must happen first. No violation: the workflow is stored. */
  unavailable: { plugin: string; reason: string }[];
}

/** A definition as far as it can be read. */
export interface DefinitionParts {
  /** As it came, for its size. */
  whole: unknown;
  steps: readonly ReadableStep[];
  schedule: CronTimes | null;
}

/** Every check of a workflow that its schema cannot make: graph, expressions, plugins, configs, schedule, limits, resources. */
export function validateDefinition(definition: WorkflowDefinition, catalogue: Catalogue): DefinitionCheck {
  const { steps, schedule } = definition;
  const times = schedule ? { ...schedule, timezone: schedule.timezone ?? 'UTC' } : null;
  const { violations, operations } = checkParts({ whole: definition, steps, schedule: times }, catalogue);
  const unavailable = new Map<string, string>();
  operations.forEach((operation, index) => {
    if (operation?.unavailable) unavailable.set(steps[index]?.plugin ?? '', operation.unavailable);
  });
  return report(
    violations,
    [...unavailable].map(([plugin, reason]) => ({ plugin, reason })),
  );
}

/** The same checks, as far as the definition can be read. `operations` are those of the steps, null where not known. */
export function checkParts(
  { whole, steps, schedule }: DefinitionParts,
  catalogue: Catalogue,
): { violations: Violation[]; operations: (KnownOperation | null)[] } {
  if (isOver(whole, LIMITS.definitionBytes)) {
    const message = `the definition is over ${LIMITS.definitionBytes} bytes as JSON`;
    return { violations: [{ code: 'VALIDATION_ERROR', path: '', message }], operations: [] };
  }
  const checks = checkSteps(steps, createStepChecker(indexOperations(catalogue), createExpressions()));
  const references = checks.flatMap((result, index) => {
    const reader = steps[index]?.id ?? null;
    return result.references.map((reference) => ({ ...reference, reader }));
  });
  const reads = checks.map(({ parameters }, index) => ({ reader: steps[index]?.id ?? null, parameters }));
  const violations = [
    ...checks.flatMap((result) => result.violations),
    ...checkDag(steps),
    ...checkReferences(createGraph(steps), references),
    ...(schedule ? [...validateCron(schedule, 'schedule'), ...checkScheduledParameters(reads)] : []),
  ];
  return { violations, operations: checks.map(({ operation }) => operation) };
}

/** Of each step, until there are as many violations as an answer holds, of the kind that it holds first. */
function checkSteps(steps: readonly ReadableStep[], check: StepChecker): StepCheck[] {
  const checks: StepCheck[] = [];
  let count = 0;
  for (const [index, step] of steps.entries()) {
    if (count >= MAX_VIOLATIONS) break;
    const checked = check(step, `steps.${index}`);
    count += checked.violations.filter(({ code }) => code === PRECEDENCE[0]).length;
    checks.push(checked);
  }
  return checks;
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
