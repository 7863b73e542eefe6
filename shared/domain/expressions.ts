import { AppError, type Violation } from '../errors.ts';
import type { JsonObject, JsonValue } from '../schemas/json.ts';
import type { ExpressionContext } from './expression-context.ts';
import { evaluate, type Scope } from './expression-evaluate.ts';
import { createMeter, EXPRESSION_LIMITS, ExpressionError, type Meter } from './expression-limits.ts';
import { type ParameterRead, readParameters } from './expression-parameters.ts';
import { analyse, createExpressionParser, type ExpressionParser } from './expression-syntax.ts';
import { isTemplate, parseTemplate, TemplateError, type TemplatePart } from './expression-template.ts';
import { charactersOf } from './expression-text.ts';
import { joinPath, MAX_VIOLATIONS, quote } from './violations.ts';

/** A step that a config reads, and where. */
export interface ConfigReference {
  step: string;
  path: string;
  /** Of the expression, from 1, in the string at `path`. */
  position: number;
}

/** Something below `parameters` that a config reads, and where. */
export type ConfigParameter = ParameterRead & Pick<ConfigReference, 'path' | 'position'>;

/** What the expressions of a config say without values. */
export interface ConfigInspection {
  references: ConfigReference[];
  parameters: ConfigParameter[];
  /** Syntax errors, unknown names and functions, limits. Whether the steps exist is for the caller to say. */
  violations: Violation[];
}

/** What can be done with the expressions of a config. */
export interface Expressions {
  /** Looks at every expression of a config without values. `path` is the config's own (`steps.0.config`). */
  inspect(config: JsonObject, path?: string): ConfigInspection;
  /** Whether `resolve` could change the config. */
  hasExpressions(config: JsonValue): boolean;
  /**
   * The config with every expression replaced by its value. A string that is one whole expression takes the value's type;
   * inside other text, strings go in as they are and everything else as JSON. Throws AppError VALIDATION_ERROR that
   * names the expression and its place.
   */
  resolve(config: JsonObject, context: ExpressionContext): JsonObject;
}

/** The `${{ … }}` language of configs (docs/expressions.md). Uses no eval: runs in workerd, Node and browsers alike. */
export function createExpressions(): Expressions {
  const parser = createExpressionParser();
  const inspect = (config: JsonObject, path = ''): ConfigInspection => {
    const inspection: ConfigInspection = { references: [], parameters: [], violations: [] };
    let count = 0;
    visitTemplates(config, [], (text, keys) => {
      if (count > EXPRESSION_LIMITS.perConfig || inspection.violations.length >= MAX_VIOLATIONS) return;
      count += inspectString(parser, { text, path: joinPath(path, ...keys) }, inspection);
      if (count <= EXPRESSION_LIMITS.perConfig) return;
      const message = `more than ${EXPRESSION_LIMITS.perConfig} expressions in one config`;
      inspection.violations.push({ code: 'VALIDATION_ERROR', path, message });
    });
    return inspection;
  };
  return {
    inspect,
    hasExpressions,
    resolve: (config, context) => {
      const resolver = { parser, scope: scopeOf(context), meter: createMeter() };
      return resolveObject(config, '', resolver);
    },
  };
}

function hasExpressions(value: JsonValue): boolean {
  if (typeof value === 'string') return isTemplate(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasExpressions);
}

/** `keys` lead to the value, and are the same array throughout: most values hold no expression, and need no path. */
function visitTemplates(
  value: JsonValue,
  keys: string[],
  visit: (text: string, keys: readonly string[]) => void,
): void {
  if (typeof value === 'string') {
    if (isTemplate(value)) visit(value, keys);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      keys.push(key);
      visitTemplates(item, keys, visit);
      keys.pop();
    }
  }
}

/** Adds to `inspection`; answers how many expressions the string has. */
function inspectString(
  parser: ExpressionParser,
  { text, path }: { text: string; path: string },
  inspection: ConfigInspection,
): number {
  const report = (message: string, start: number, source: string) => {
    const position = positionOf(text, start);
    inspection.violations.push({ code: 'VALIDATION_ERROR', path, message: describe({ message, position, source }) });
  };
  let parts: TemplatePart[];
  try {
    parts = parseTemplate(text);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    report(error.message, error.start, text.slice(error.start));
    return 0;
  }
  const expressions = parts.filter((part) => part.kind === 'expression');
  for (const { source, start } of expressions.slice(0, EXPRESSION_LIMITS.perConfig)) {
    try {
      const ast = parser.parse(source);
      const { problems, references } = analyse(ast, source);
      for (const problem of problems) report(problem.message, start + problem.start, wrap(source));
      const position = positionOf(text, start);
      for (const { step } of references) inspection.references.push({ step, path, position });
      for (const { names, tested, needed } of readParameters(ast, source))
        inspection.parameters.push({ names, tested, needed, path, position });
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      report(error.message, start + error.start, wrap(source));
    }
  }
  return expressions.length;
}

interface Resolver {
  parser: ExpressionParser;
  scope: Scope | null;
  meter: Meter;
}

/** The names that expressions read, as the evaluator wants them. */
function scopeOf({ parameters, steps, execution, workflow }: ExpressionContext): Scope | null {
  const values: JsonObject = { parameters, steps, execution: { ...execution }, workflow: { ...workflow } };
  return Object.entries(values).reduce<Scope | null>((outer, [name, value]) => ({ name, value, outer }), null);
}

function resolveObject(value: JsonObject, path: string, resolver: Resolver): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolveValue(item, joinPath(path, key), resolver)]),
  );
}

function resolveValue(value: JsonValue, path: string, resolver: Resolver): JsonValue {
  if (typeof value === 'string') return isTemplate(value) ? resolveString(value, path, resolver) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item, index) => resolveValue(item, joinPath(path, index), resolver));
  return resolveObject(value, path, resolver);
}

function resolveString(text: string, path: string, resolver: Resolver): JsonValue {
  const parts = parseParts(text, path);
  const [only] = parts;
  if (parts.length === 1 && only?.kind === 'expression') return resolveExpression({ ...only, text }, path, resolver);
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      const value = resolveExpression({ ...part, text }, path, resolver);
      return typeof value === 'string' ? value : JSON.stringify(value);
    })
    .join('');
}

function parseParts(text: string, path: string): TemplatePart[] {
  try {
    return parseTemplate(text);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const position = positionOf(text, error.start);
    throw resolveError({ path, message: error.message, position, source: text.slice(error.start) }, error);
  }
}

function resolveExpression(
  { source, start, text }: { source: string; start: number; text: string },
  path: string,
  { parser, scope, meter }: Resolver,
): JsonValue {
  try {
    const ast = parser.parse(source);
    const [problem] = analyse(ast, source).problems;
    if (problem) throw problem;
    return copyResult(evaluate(ast, scope, { source, meter }), meter);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const position = positionOf(text, start + error.start);
    throw resolveError({ path, message: error.message, position, source: wrap(source) }, error);
  }
}

/** A copy that shares nothing with the context and holds JSON alone. Its size is metered: a small expression can make a large value. */
function copyResult(value: JsonValue, meter: Meter): JsonValue {
  meter.work(10);
  if (typeof value === 'string') {
    meter.output(value.length + 2);
    return value;
  }
  meter.output(5);
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new ExpressionError(`the result is ${value}, which is no JSON number`, 0);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copyResult(item, meter));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      meter.output(key.length + 3);
      return [key, copyResult(item, meter)];
    }),
  );
}

const wrap = (source: string): string => `\${{${source}}}`;

/** Offsets count UTF-16 units from 0; people count characters from 1. */
const positionOf = (text: string, offset: number): number => charactersOf(text).numberOf(offset) + 1;

function describe({ message, position, source }: { message: string; position: number; source: string }): string {
  return `${quote(source)}: ${message} (at character ${position})`;
}

function resolveError(
  { path, ...what }: { path: string; message: string; position: number; source: string },
  cause: Error,
): AppError {
  const violation: Violation = { code: 'VALIDATION_ERROR', path: joinPath('config', path), message: describe(what) };
  return new AppError('VALIDATION_ERROR', `${violation.path}: ${violation.message}`, { details: [violation], cause });
}
