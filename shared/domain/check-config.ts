import { z } from 'zod';
import type { Violation } from '../errors.ts';
import type { JsonObject, JsonValue } from '../schemas/json.ts';
import type { OperationManifest } from '../schemas/plugin.ts';
import { checkTextRules } from './check-text-rules.ts';
import { isTemplate } from './expression-template.ts';
import type { Expressions } from './expressions.ts';
import { toViolations } from './violations.ts';

/** Holds configs against the JSON Schema that their operation announced. `path` is the config's own. */
export type ConfigChecker = (operation: OperationManifest, config: JsonObject, path: string) => Violation[];

/**
 * A value that holds an expression matches anything: what it becomes is known only when the step runs, and the worker
 * checks the resolved config again. Each schema is compiled once per checker.
 */
export function createConfigChecker({ hasExpressions }: Pick<Expressions, 'hasExpressions'>): ConfigChecker {
  const compiled = new Map<OperationManifest, z.ZodType | null>();
  return (operation, config, path) => {
    let schema = compiled.get(operation);
    if (schema === undefined) {
      schema = compile(operation.config_schema);
      compiled.set(operation, schema);
    }
    if (!schema) return [];
    const stands = (issue: z.core.$ZodIssue) => !isExcused(issue, config, hasExpressions);
    const issues = schema.safeParse(config).error?.issues.filter(stands) ?? [];
    return [
      ...toViolations({ issues, value: config }, schema, path),
      ...checkTextRules(operation.config_schema, config, path),
    ];
  };
}

/** Null for a schema with keywords that zod cannot express (`not`, `if`): such configs are checked by the worker alone. */
function compile(schema: JsonObject): z.ZodType | null {
  try {
    return z.fromJSONSchema(schema);
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

/** Whether an issue with the value `root` exists only because an expression stands where a value will be. */
function isExcused(issue: z.core.$ZodIssue, root: JsonValue, hasExpressions: (value: JsonValue) => boolean): boolean {
  const value = valueAt(root, issue.path);
  if (typeof value === 'string' && isTemplate(value)) return true;
  if (value === undefined || !hasExpressions(value)) return false;
  if (issue.code !== 'invalid_union') return issue.code === 'custom';
  // Branches say what they refused relative to the union's own value.
  const branches = issue.errors;
  return (
    branches.length === 0 || branches.some((branch) => branch.every((inner) => isExcused(inner, value, hasExpressions)))
  );
}

function valueAt(root: JsonValue, path: readonly PropertyKey[]): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Array.isArray(value) ? value[Number(key)] : value[String(key)];
  }
  return value;
}
