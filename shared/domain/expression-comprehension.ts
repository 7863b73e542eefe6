import type { ASTNode } from '@marcbachmann/cel-js';
import type { JsonValue } from '../schemas/json.ts';
import { isMap, typeName } from './expression-functions.ts';
import { EXPRESSION_LIMITS, ExpressionError } from './expression-limits.ts';

interface Comprehension {
  name: string;
  /** What it goes over: the items of a list, or the keys of a map. */
  list: JsonValue;
  /** The item's name, then the bodies. */
  args: readonly ASTNode[];
  start: number;
}

/**
 * `list.map(item, …)` and its siblings. `args` have the shape that `analyse` demands; `evaluateBody` evaluates one of them
 * with `value` under the name `name`.
 */
export function evaluateComprehension(
  { name, list, args, start }: Comprehension,
  evaluateBody: (body: ASTNode, item: { name: string; value: JsonValue }) => JsonValue,
): JsonValue {
  const fail = (message: string) => new ExpressionError(`${name}() ${message}`, start);
  const [variable, first, second] = args;
  if (variable?.op !== 'id' || !first) throw fail('needs a name for the item and an expression');
  const items = Array.isArray(list) ? list : isMap(list) ? Object.keys(list) : null;
  if (!items) throw fail(`needs a list or a map, not ${typeName(list)}`);
  if (items.length > EXPRESSION_LIMITS.items)
    throw fail(`goes over ${items.length} items, more than ${EXPRESSION_LIMITS.items}`);

  const itemName = variable.args;
  const run = (body: ASTNode, value: JsonValue) => evaluateBody(body, { name: itemName, value });
  const test = (item: JsonValue): boolean => {
    const value = run(first, item);
    if (typeof value !== 'boolean') throw fail(`needs true or false per item, not ${typeName(value)}`);
    return value;
  };
  switch (name) {
    case 'all':
      return items.every(test);
    case 'exists':
      return items.some(test);
    case 'exists_one':
      return items.filter(test).length === 1;
    case 'filter':
      return items.filter(test);
    case 'map':
      return second ? items.filter(test).map((item) => run(second, item)) : items.map((item) => run(first, item));
    default:
      throw fail('is unknown');
  }
}
