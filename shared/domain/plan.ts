import { type Violation, violationsError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { ExecuteWorkflowInput } from '../schemas/execution.ts';
import type { Plan, PlanStep } from '../schemas/plan.ts';
import type { Warning } from '../schemas/warning.ts';
import { type RetryPolicy, Step, type WorkflowDefinition } from '../schemas/workflow.ts';
import {
  type Catalogue,
  indexOperations,
  type KnownOperation,
  type KnownPool,
  type OperationIndex,
} from './catalogue.ts';
import { checkParameters, type StepReads } from './check-parameters.ts';
import { checkDependsOn, checkReferences, createStepChecker, isOver, type ReadReference } from './check-step.ts';
import { choosePool } from './choose-pool.ts';
import { createGraph } from './dag.ts';
import { parseDuration } from './duration.ts';
import { type ConfigInspection, createExpressions, type Expressions } from './expressions.ts';
import { mergePatch } from './merge-patch.ts';
import { createSuggester, didYouMean } from './nearest.ts';
import { readStep } from './readable-step.ts';
import { shortagesOf } from './shortages.ts';
import { unreadParameters } from './unread-parameters.ts';
import { joinPath, mostImportant, quote, toViolations } from './violations.ts';

/** What a start says of how the definition is to run, whoever starts it. */
export type StartInput = Pick<ExecuteWorkflowInput, 'step_overrides' | 'parameters'>;
type StepOverrides = NonNullable<StartInput['step_overrides']>;

/** How an execution runs, and what of its start is probably not meant. */
export interface PlannedStart {
  plan: Plan;
  warnings: Warning[];
}

/** What a step gets that does not say otherwise. */
const DEFAULTS = { timeoutMs: 3_600_000, maxAttempts: 1, initialIntervalMs: 1_000, backoff: 2, maxIntervalMs: 300_000 };
/** The longest duration that can be written, for what the engine performs itself: such a step (core.sleep) holds nothing. */
const IN_ENGINE_TIMEOUT_MS = 365 * 86_400_000;

/**
 * Plans an execution of a stored definition: overrides merged in and checked, parameters there that are read, defaults filled
 * in, durations in milliseconds. Throws AppError: VALIDATION_ERROR or STEP_DEPENDENCY_ERROR for overrides and parameters;
 * PLUGIN_UNAVAILABLE (503) when the pool that would run it has a live worker but does not offer an operation;
 * RESOURCE_INSUFFICIENT (503).
 */
export function createPlan(
  definition: WorkflowDefinition,
  { step_overrides: overrides = {}, parameters = {} }: StartInput,
  catalogue: Catalogue,
): PlannedStart {
  const expressions = createExpressions();
  const operations = indexOperations(catalogue);
  const { steps, unreadable, violations } = applyOverrides(definition.steps, overrides, { operations, expressions });
  if (Object.keys(overrides).length > 0 && isOver({ ...definition, steps }, LIMITS.definitionBytes)) {
    const message = `with them the definition is over ${LIMITS.definitionBytes} bytes as JSON; pass large data by reference`;
    violations.push({ code: 'VALIDATION_ERROR', path: 'step_overrides', message });
  }
  const inspections = steps.map((step, position) => expressions.inspect(step.config ?? {}, `steps.${position}.config`));
  const reads = inspections.flatMap(({ parameters: ofStep }, position): StepReads[] => {
    const reader = steps[position]?.id ?? null;
    return ofStep.length === 0 || unreadable.has(position) ? [] : [{ reader, parameters: ofStep }];
  });
  violations.push(...checkParameters(reads, parameters));
  // Also of a definition that was stored before there was this limit.
  violations.push(...steps.flatMap((step, position) => checkDependsOn(step, `steps.${position}`)));
  violations.push(...checkAvailability(steps, operations, catalogue));
  if (violations.length > 0) {
    throw violationsError(mostImportant(violations), violations.some(isOfRequest) ? {} : { status: 503 });
  }
  return {
    plan: {
      timeout_ms: definition.timeout === undefined ? null : parseDuration(definition.timeout),
      steps: steps.map((step, position) => planStep(step, operations, inspections[position])),
      specs: Object.fromEntries(
        steps.map((step) => [step.id, { config: step.config ?? {}, resources: step.resources ?? null }]),
      ),
    },
    warnings: unreadParameters(
      reads.flatMap(({ parameters: ofStep }) => ofStep),
      parameters,
    ),
  };
}

/** The pool that runs the plan: the one that it was checked against. */
export function poolOf({ steps, specs }: Plan, catalogue: Catalogue): KnownPool {
  const needing = steps.map((step) => ({ ...step, resources: specs[step.id]?.resources }));
  return choosePool(needing, catalogue);
}

const isOfRequest = ({ code }: Violation): boolean => code === 'VALIDATION_ERROR' || code === 'STEP_DEPENDENCY_ERROR';

/** `unreadable`: positions of steps that would be no steps with their override. */
function applyOverrides(
  steps: readonly Step[],
  overrides: StepOverrides,
  { operations, expressions }: { operations: OperationIndex; expressions: Expressions },
): { steps: Step[]; unreadable: ReadonlySet<number>; violations: Violation[] } {
  const violations: Violation[] = [];
  const unreadable = new Set<number>();
  const references: ReadReference[] = [];
  const graph = createGraph(steps);
  const suggest = createSuggester(graph.positions.keys());
  const check = createStepChecker(operations, expressions);
  const merged = [...steps];
  for (const [id, override] of Object.entries(overrides)) {
    const path = joinPath('step_overrides', id);
    const position = graph.positions.get(id) ?? -1;
    const step = steps[position];
    if (!step) {
      const message = `there is no step ${quote(id)}${didYouMean(suggest(id))}`;
      violations.push({ code: 'VALIDATION_ERROR', path, message });
      continue;
    }
    const patched = mergePatch(step, override);
    const { data, error } = Step.safeParse(patched);
    if (data) merged[position] = data;
    else {
      unreadable.add(position);
      violations.push(...toViolations({ issues: error.issues, value: patched }, Step, path));
    }
    const checked = check(data ?? readStep(patched), path);
    // Plugins and resources are checked for all steps, overridden or not, by checkAvailability.
    violations.push(...checked.violations.filter(isOfRequest));
    references.push(...checked.references.map((reference) => ({ ...reference, reader: id })));
  }
  return { steps: merged, unreadable, violations: [...violations, ...checkReferences(graph, references)] };
}

/**
 * Without a live worker of its pool an execution waits; with one, an operation that the pool lacks would wait for ever.
 * Resources are held against what that pool declares, live or not.
 */
function checkAvailability(steps: readonly Step[], operations: OperationIndex, catalogue: Catalogue): Violation[] {
  const pool = choosePool(steps, catalogue);
  const offered = indexOperations([pool]);
  return steps.flatMap((step, position): Violation[] => {
    const operation = operations.get(step.plugin)?.get(step.operation);
    const here = offered.get(step.plugin)?.get(step.operation);
    if (operation && (!pool.live || here?.unavailable === null)) {
      return shortagesOf(step, `steps.${position}`, pool.capacity);
    }
    const reason = operation
      ? (here?.unavailable ?? `pool ${quote(pool.name)} does not offer it, and one pool runs all steps`)
      : 'no worker of this deployment has announced it';
    const message = `step ${quote(step.id)} needs ${quote(`${step.plugin}.${step.operation}`)}: ${reason}`;
    return [{ code: 'PLUGIN_UNAVAILABLE', path: `steps.${position}.plugin`, message }];
  });
}

function planStep(step: Step, operations: OperationIndex, inspection: ConfigInspection | undefined): PlanStep {
  const manifest = operationOf(step, operations).manifest;
  return {
    id: step.id,
    plugin: step.plugin,
    operation: step.operation,
    depends_on: step.depends_on ?? [],
    slot: manifest.slot,
    in_engine: manifest.in_engine,
    retry: planRetry(step.retry_policy ?? {}),
    timeout_ms: milliseconds(step.timeout, manifest.in_engine ? IN_ENGINE_TIMEOUT_MS : DEFAULTS.timeoutMs),
    refs: [...new Set(inspection?.references.map(({ step: read }) => read))],
  };
}

function operationOf(step: Step, operations: OperationIndex): KnownOperation {
  const operation = operations.get(step.plugin)?.get(step.operation);
  if (!operation) throw new Error(`${step.plugin}.${step.operation} was not checked`);
  return operation;
}

function planRetry(policy: RetryPolicy): PlanStep['retry'] {
  const initial = milliseconds(policy.initial_interval, DEFAULTS.initialIntervalMs);
  return {
    max_attempts: policy.max_attempts ?? DEFAULTS.maxAttempts,
    initial_interval_ms: initial,
    backoff_coefficient: policy.backoff_coefficient ?? DEFAULTS.backoff,
    // A first pause above the default ceiling raises the ceiling: the user asked for that pause.
    max_interval_ms: milliseconds(policy.max_interval, Math.max(DEFAULTS.maxIntervalMs, initial)),
    non_retryable_errors: policy.non_retryable_errors ?? [],
  };
}

/** Of a duration that its schema has checked. */
function milliseconds(duration: string | undefined, otherwise: number): number {
  return duration === undefined ? otherwise : (parseDuration(duration) ?? otherwise);
}
