import type { Violation } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { KnownOperation, OperationIndex } from './catalogue.ts';
import { createConfigChecker } from './check-config.ts';
import { type Graph, notUpstream, settledPositions } from './dag.ts';
import { parseDuration } from './duration.ts';
import type { ConfigParameter, ConfigReference, Expressions } from './expressions.ts';
import { createSuggester, didYouMean, listNames } from './nearest.ts';
import type { ReadableStep } from './readable-step.ts';
import { shortagesOf } from './shortages.ts';
import { joinPath, quote, stepName } from './violations.ts';

/** The longest `timeout` of a step, in milliseconds (30 days). */
const MAX_STEP_TIMEOUT_MS = 30 * 86_400_000;

/** What a check of one step found. */
export interface StepCheck {
  violations: Violation[];
  /** Null when no pool has announced the operation, or its name cannot be read. */
  operation: KnownOperation | null;
  references: ConfigReference[];
  parameters: ConfigParameter[];
}

/**
 * Checks what can be said of one step by itself, as far as it can be read. `path` is where messages place it: `steps.0`,
 * `step_overrides.train`.
 */
export type StepChecker = (step: ReadableStep, path: string) => StepCheck;

/** Checks steps against these operations; suggestions and compiled schemas are kept from step to step. */
export function createStepChecker(operations: OperationIndex, expressions: Expressions): StepChecker {
  const plugins = [...operations.keys()];
  const suggestPlugin = createSuggester(plugins);
  const checkConfig = createConfigChecker(expressions);
  return (step, path) => {
    const config = step.config === undefined ? {} : step.config;
    const configPath = joinPath(path, 'config');
    const { violations, references, parameters } = expressions.inspect(config ?? {}, configPath);
    if (isOver(config, LIMITS.configBytes)) {
      violations.push(invalid(configPath, `is over ${LIMITS.configBytes} bytes as JSON; pass large data by reference`));
    }
    violations.push(...checkDependsOn(step, path));
    if ((parseDuration(step.timeout ?? '') ?? 0) > MAX_STEP_TIMEOUT_MS) {
      violations.push(invalid(joinPath(path, 'timeout'), 'must be at most 30d'));
    }
    const operation = findOperation(step, path, violations);
    if (operation) {
      if (config !== null) violations.push(...checkConfig(operation.manifest, config, configPath));
      violations.push(...checkResources(step, path, operation));
    }
    return { violations, operation, references, parameters };
  };

  /** The operation that the step names; adds to `violations` when no pool has announced it. */
  function findOperation(step: ReadableStep, path: string, violations: Violation[]): KnownOperation | null {
    const { plugin, operation } = step;
    if (plugin === null) return null;
    const report = (field: string, message: string) =>
      violations.push({ code: 'PLUGIN_UNAVAILABLE', path: joinPath(path, field), message });
    const known = operations.get(plugin);
    if (!known) {
      const hint = didYouMean(suggestPlugin(plugin));
      const needs = `${stepName(step.id)} needs plugin ${quote(plugin)}`;
      report('plugin', `${needs}, which no worker of this deployment has announced${hint}${listNames(plugins)}`);
      return null;
    }
    if (operation === null) return null;
    const found = known.get(operation);
    if (found) return found;
    const names = [...known.keys()];
    const hint = `${didYouMean(createSuggester(names)(operation))}${listNames(names)}`;
    report('operation', `${stepName(step.id)}: plugin ${quote(plugin)} has no operation ${quote(operation)}${hint}`);
    return null;
  }
}

/** A step that a config reads, and the step whose config it is; null for one whose id cannot be read. */
export type ReadReference = ConfigReference & { reader: string | null };

/**
 * References to steps that do not exist or need not have ended when the reading step starts. Nothing is said of what may
 * be right once all can be read and the graph is sound.
 */
export function checkReferences(graph: Graph, references: readonly ReadReference[]): Violation[] {
  const suggest = createSuggester(graph.positions.keys());
  const report = ({ path, position }: Pick<ConfigReference, 'path' | 'position'>, message: string): Violation => ({
    code: 'STEP_DEPENDENCY_ERROR',
    path,
    message: `${message} (expression at character ${position})`,
  });
  const unknown = graph.complete ? references.filter(({ step }) => !graph.positions.has(step)) : [];
  const known = references.flatMap(({ step: upstream, reader: step, ...place }) =>
    step !== null && graph.positions.has(upstream) ? [{ step, upstream, ...place }] : [],
  );
  const early = notUpstream(graph, known);
  const settled = early.length === 0 ? null : settledPositions(graph);
  return [
    ...unknown.map((reference) =>
      report(reference, `there is no step ${quote(reference.step)}${didYouMean(suggest(reference.step))}`),
    ),
    ...early
      .filter(({ step }) => settled?.has(graph.positions.get(step) ?? -1))
      .map((query) =>
        report(
          query,
          `step ${quote(query.step)} reads step ${quote(query.upstream)}, which is not upstream of it: add it to depends_on`,
        ),
      ),
  ];
}

/** The longest id with what stands around it. */
const DEPENDENCY_BYTES = 131;

/** A step is shown to viewers in one piece, with all its dependencies. */
export function checkDependsOn({ depends_on }: Pick<ReadableStep, 'depends_on'>, path: string): Violation[] {
  if (!depends_on || depends_on.length * DEPENDENCY_BYTES <= LIMITS.dependsOnBytes) return [];
  if (!isOver(depends_on, LIMITS.dependsOnBytes)) return [];
  const message = `is over ${LIMITS.dependsOnBytes} bytes as JSON; shorten the ids, or join the steps by stages`;
  return [invalid(joinPath(path, 'depends_on'), message)];
}

/** Whether a value takes more than `bytes` as JSON in UTF-8. */
export function isOver(value: unknown, bytes: number): boolean {
  const text = JSON.stringify(value);
  // A UTF-16 unit takes one to three bytes: most values need no count.
  if (text.length > bytes) return true;
  return text.length * 3 > bytes && new TextEncoder().encode(text).length > bytes;
}

/** What the step asks for against what the pools that could run it declare; one that can do it all is enough. */
function checkResources(step: ReadableStep, path: string, { pools }: KnownOperation): Violation[] {
  const shortages = pools.map(({ capacity }) => shortagesOf(step, path, capacity));
  return shortages.some((found) => found.length === 0) ? [] : (shortages[0] ?? []);
}

const invalid = (path: string, message: string): Violation => ({ code: 'VALIDATION_ERROR', path, message });
