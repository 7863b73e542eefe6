import type { ASTNode } from '@marcbachmann/cel-js';
import type { JsonObject, JsonValue } from '../schemas/json.ts';
import { evaluateComprehension } from './expression-comprehension.ts';
import { type ExpressionFunction, FUNCTIONS, isMap, METHODS, typeName } from './expression-functions.ts';
import { ExpressionError, type Meter } from './expression-limits.ts';
import { evaluateOperator } from './expression-operators.ts';
import { COMPREHENSIONS, givenTwice } from './expression-syntax.ts';
import { createSuggester, didYouMean, listNames } from './nearest.ts';
import { quote } from './violations.ts';

/** Names and their values, innermost first. */
export interface Scope {
  name: string;
  value: JsonValue;
  outer: Scope | null;
}

/** What an evaluation has in common from node to node. */
export interface Evaluation {
  source: string;
  meter: Meter;
}

/**
 * Evaluates an expression that `analyse` has found without problems. All numbers are JSON numbers, so 1 and 1.0 are the
 * same and 7 / 2 is 3.5. Throws ExpressionError.
 */
export function evaluate(node: ASTNode, scope: Scope | null, evaluation: Evaluation): JsonValue {
  evaluation.meter.work(10);
  const run = (child: ASTNode) => evaluate(child, scope, evaluation);
  const fail = (message: string) => new ExpressionError(message, node.start);
  switch (node.op) {
    case 'value':
      return literal(node.args, fail);
    case 'id':
      return lookUp(node.args, scope, fail);
    case '.':
      return member(run(node.args[0]), node.args[1], { owner: node.args[0], evaluation, fail });
    case '[]':
      return element(run(node.args[0]), run(node.args[1]), { owner: node.args[0], evaluation, fail });
    case 'list':
      return node.args.map(run);
    case 'map':
      return mapOf(node.args, run, fail);
    case '?:':
      return run(bool(run(node.args[0]), fail) ? node.args[1] : node.args[2]);
    case '&&':
      return decide(node.args, false, run);
    case '||':
      return decide(node.args, true, run);
    case '!_':
      return !bool(run(node.args), fail);
    case '-_':
      return negate(run(node.args), fail);
    case 'call':
      if (node.args[0] === 'has') return has(node.args[1], run);
      return call(FUNCTIONS.get(node.args[0]), node.args[1].map(run), { name: node.args[0], evaluation, fail });
    case 'rcall': {
      const [name, receiver, args] = node.args;
      if (COMPREHENSIONS.has(name)) {
        const comprehension = { name, list: run(receiver), args, start: node.start };
        return evaluateComprehension(comprehension, (body, item) =>
          evaluate(body, { ...item, outer: scope }, evaluation),
        );
      }
      return call(METHODS.get(name), [run(receiver), ...args.map(run)], { name, evaluation, fail });
    }
    case '.?':
    case '[?]':
      throw fail('optional access is not supported');
    default:
      return evaluateOperator(node.op, run(node.args[0]), run(node.args[1]), { meter: evaluation.meter, fail });
  }
}

type Fail = (message: string) => ExpressionError;

function literal(value: unknown, fail: Fail): JsonValue {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  throw fail('bytes and unsigned numbers are not supported');
}

function lookUp(name: string, scope: Scope | null, fail: Fail): JsonValue {
  for (let level = scope; level; level = level.outer) if (level.name === name) return level.value;
  throw fail(`unknown name ${quote(name)}`);
}

interface Access {
  /** The expression whose member is read, for messages. */
  owner: ASTNode;
  evaluation: Evaluation;
  fail: Fail;
}

function member(owner: JsonValue, key: string, { owner: node, evaluation, fail }: Access): JsonValue {
  const text = evaluation.source.slice(node.start, node.end);
  if (!isMap(owner)) throw fail(`${quote(text)} is ${typeName(owner)}, so it has no member ${quote(key)}`);
  // Own members alone: "constructor" and "__proto__" are names like any other.
  const value = Object.hasOwn(owner, key) ? owner[key] : undefined;
  if (value !== undefined) return value;
  const keys = Object.keys(owner);
  evaluation.meter.work(keys.length);
  const hint = `${didYouMean(createSuggester(keys.slice(0, 1_000))(key))}${listNames(keys)}`;
  throw fail(`${quote(text)} has no member ${quote(key)}${hint}`);
}

function element(owner: JsonValue, key: JsonValue, access: Access): JsonValue {
  if (!Array.isArray(owner)) {
    if (typeof key !== 'string') throw access.fail(`the key of a map must be a string, not ${typeName(key)}`);
    return member(owner, key, access);
  }
  const value = typeof key === 'number' && Number.isInteger(key) ? owner[key] : undefined;
  if (value !== undefined) return value;
  throw access.fail(`the list has ${owner.length} items, so there is no ${JSON.stringify(key)}`);
}

function has([argument]: readonly ASTNode[], run: (node: ASTNode) => JsonValue): boolean {
  if (argument?.op !== '.') return false;
  const owner = run(argument.args[0]);
  return isMap(owner) && Object.hasOwn(owner, argument.args[1]);
}

/** `&&` and `||`: the side that decides wins, also over an error of the other (CEL's rule). */
function decide(
  [left, right]: readonly [ASTNode, ASTNode],
  deciding: boolean,
  run: (node: ASTNode) => JsonValue,
): boolean {
  const failLeft = (message: string) => new ExpressionError(message, left.start);
  let failure: ExpressionError | null = null;
  try {
    if (bool(run(left), failLeft) === deciding) return deciding;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    failure = error;
  }
  const value = bool(run(right), (message) => new ExpressionError(message, right.start));
  if (failure && value !== deciding) throw failure;
  return value;
}

function bool(value: JsonValue, fail: Fail): boolean {
  if (typeof value === 'boolean') return value;
  throw fail(`needs true or false, not ${typeName(value)}`);
}

function negate(value: JsonValue, fail: Fail): number {
  if (typeof value === 'number') return -value;
  throw fail(`"-" needs a number, not ${typeName(value)}`);
}

function mapOf(pairs: readonly [ASTNode, ASTNode][], run: (node: ASTNode) => JsonValue, fail: Fail): JsonObject {
  const entries = new Map<string, JsonValue>();
  for (const [keyNode, valueNode] of pairs) {
    const key = mapKey(run(keyNode), fail);
    if (entries.has(key)) throw new ExpressionError(givenTwice(key), keyNode.start);
    entries.set(key, run(valueNode));
  }
  return Object.fromEntries(entries);
}

function mapKey(value: JsonValue, fail: Fail): string {
  if (typeof value === 'string') return value;
  throw fail(`the key of a map must be a string, not ${typeName(value)}`);
}

function call(
  callee: ExpressionFunction | undefined,
  args: readonly JsonValue[],
  { name, evaluation, fail }: { name: string; evaluation: Evaluation; fail: Fail },
): JsonValue {
  if (!callee) throw fail(`unknown function ${quote(name)}`);
  try {
    return callee.call(args, evaluation.meter);
  } catch (error) {
    if (error instanceof ExpressionError || !(error instanceof Error)) throw error;
    throw fail(`${name}() ${error.message}`);
  }
}
