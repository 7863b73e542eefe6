import type { Violation } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Step } from '../schemas/workflow.ts';
import type { KnownOperation, OperationIndex } from './catalogue.ts';
import { createConfigChecker } from './check-config.ts';
import { type Graph, notUpstream } from './dag.ts';
import { parseDuration } from './duration.ts';
import type { ConfigReference, Expressions } from './expressions.ts';
import { createSuggester, didYouMean } from './nearest.ts';
import { shortagesOf } from './shortages.ts';
import { joinPath, quote } from './violations.ts';

/** The longest `timeout` of a step, in milliseconds (30 days). */
const MAX_STEP_TIMEOUT_MS = 30 * 86_400_000;

/** What a check of one step found. */
export interface StepCheck {
  violations: Violation[];
  /** Null when no pool has announced the operation. */
  operation: KnownOperation | null;
  references: ConfigReference[];
}

/** Checks what can be said of one step by itself. `path` is where messages place it: `steps.0`, `step_overrides.train`. */
export type StepChecker = (step: Step, path: string) => StepCheck;

/** Checks steps against these operations; suggestions and compiled schemas are kept from step to step. */
export function createStepChecker(operations: OperationIndex, expressions: Expressions): StepChecker {
  const suggestPlugin = createSuggester(operations.keys());
  const checkConfig = createConfigChecker(expressions);
  return (step, path) => {
    const config = step.config ?? {};
    const configPath = joinPath(path, 'config');
    const { violations, references } = expressions.inspect(config, configPath);
    if (isOver(config, LIMITS.configBytes)) {
      violations.push(invalid(configPath, `is over ${LIMITS.configBytes} bytes as JSON; pass large data by reference`));
    }
    if (step.timeout !== undefined && (parseDuration(step.timeout) ?? 0) > MAX_STEP_TIMEOUT_MS) {
      violations.push(invalid(joinPath(path, 'timeout'), 'must be at most 30d'));
    }
    const known = operations.get(step.plugin);
    const operation = known?.get(step.operation) ?? null;
    if (!known) violations.push(unknownPlugin(step, path, suggestPlugin));
    else if (!operation) violations.push(unknownOperation(step, path, known));
    else {
      violations.push(...checkConfig(operation.manifest, config, configPath));
      violations.push(...checkResources(step, path, operation));
    }
    return { violations, operation, references };
  };
}

/** References to steps that do not exist or need not have ended when the reading step starts. The graph has passed `checkDag`. */
export function checkReferences(
  graph: Graph,
  references: readonly (ConfigReference & { reader: string })[],
): Violation[] {
  const suggest = createSuggester(graph.positions.keys());
  const report = ({ path, position }: ConfigReference, message: string): Violation => ({
    code: 'STEP_DEPENDENCY_ERROR',
    path,
    message: `${message} (expression at character ${position})`,
  });
  const known = references.filter(({ step }) => graph.positions.has(step));
  const unknown = references.filter(({ step }) => !graph.positions.has(step));
  const early = notUpstream(
    graph,
    known.map((reference) => ({ ...reference, upstream: reference.step, step: reference.reader })),
  );
  return [
    ...unknown.map((reference) =>
      report(reference, `there is no step ${quote(reference.step)}${didYouMean(suggest(reference.step))}`),
    ),
    ...early.map((query) =>
      report(
        query,
        `step ${quote(query.step)} reads step ${quote(query.upstream)}, which is not upstream of it: add it to depends_on`,
      ),
    ),
  ];
}

/** Whether a value takes more than `bytes` as JSON in UTF-8. */
export function isOver(value: unknown, bytes: number): boolean {
  const text = JSON.stringify(value);
  // A UTF-16 unit takes one to three bytes: most values need no count.
  if (text.length > bytes) return true;
  return text.length * 3 > bytes && new TextEncoder().encode(text).length > bytes;
}

function unknownPlugin(step: Step, path: string, suggest: (name: string) => string | null): Violation {
  const hint = didYouMean(suggest(step.plugin));
  const message = `step ${quote(step.id)} needs plugin ${quote(step.plugin)}, which no worker of this deployment has announced${hint}`;
  return { code: 'PLUGIN_UNAVAILABLE', path: joinPath(path, 'plugin'), message };
}

function unknownOperation(step: Step, path: string, known: ReadonlyMap<string, KnownOperation>): Violation {
  const hint = didYouMean(createSuggester(known.keys())(step.operation));
  const message = `step ${quote(step.id)}: plugin ${quote(step.plugin)} has no operation ${quote(step.operation)}${hint}`;
  return { code: 'PLUGIN_UNAVAILABLE', path: joinPath(path, 'operation'), message };
}

/** What the step asks for against what the pools that could run it declare; one that can do it all is enough. */
function checkResources(step: Step, path: string, { pools }: KnownOperation): Violation[] {
  const shortages = pools.map(({ capacity }) => shortagesOf(step, path, capacity));
  return shortages.some((found) => found.length === 0) ? [] : (shortages[0] ?? []);
}

const invalid = (path: string, message: string): Violation => ({ code: 'VALIDATION_ERROR', path, message });
