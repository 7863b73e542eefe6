import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import { KEEP_AS_TEXT, numberFault } from './exact-number.ts';
import { FUNCTIONS, METHODS } from './expression-functions.ts';
import { EXPRESSION_LIMITS, ExpressionError } from './expression-limits.ts';
import { createSuggester, didYouMean } from './nearest.ts';
import { quote, unknownNameMessages } from './violations.ts';

/** Names that every expression can read, besides `steps`, and their members; null where these are the user's own. */
const ROOTS: ReadonlyMap<string, readonly string[] | null> = new Map([
  ['parameters', null],
  ['execution', ['id', 'name', 'attempt', 'scheduled_at', 'created_at']],
  ['workflow', ['id', 'name', 'version']],
]);

/** Members of `steps.<id>`. */
const STEP_MEMBERS = ['output', 'status'];

/** Methods that evaluate an argument once per item, with the item under a name of the writer's choice. */
export const COMPREHENSIONS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['all', [2, 2]],
  ['exists', [2, 2]],
  ['exists_one', [2, 2]],
  ['filter', [2, 2]],
  // The three-argument form filters before it maps.
  ['map', [2, 3]],
]);

export const givenTwice = (key: string): string => `the key ${quote(key)} is given twice`;

/** `steps.<id>` in an expression. `start` is an offset in its source. */
export interface StepReference {
  step: string;
  start: number;
}

/** What `analyse` found in one expression. */
export interface Analysis {
  references: StepReference[];
  problems: ExpressionError[];
}

/** Makes syntax trees; keeps nothing from one expression to the next. */
export interface ExpressionParser {
  /** Throws ExpressionError. */
  parse(source: string): ASTNode;
}

/** CEL's grammar, by cel-js. Its evaluator is not used: see docs/expressions.md. */
export function createExpressionParser(): ExpressionParser {
  const { nodes, characters } = EXPRESSION_LIMITS;
  const environment = new Environment({ limits: { maxAstNodes: nodes, maxDepth: 100 } });
  return {
    parse(source) {
      if (source.length > characters) throw new ExpressionError(`is over ${characters} characters`, 0);
      try {
        return environment.parse(source).ast;
      } catch (error) {
        if (!(error instanceof ParseError)) throw error;
        const start = error.range?.start ?? 0;
        throw new ExpressionError(describe(error, source.codePointAt(start)), start);
      }
    },
  };
}

/** The parser shows the first half of a character that has two. */
function describe({ code, summary }: ParseError, character = 0): string {
  if (code === 'unexpected_character') return `Unexpected character: ${String.fromCodePoint(character)}`;
  return summary.replace('EOF', 'end of expression');
}

/** Finds what can be known without values: the steps that an expression reads, unknown names and functions, wrong shapes. */
export function analyse(ast: ASTNode, source: string): Analysis {
  const analysis: Analysis = { references: [], problems: [] };
  visit(ast, { analysis, source, names: new Set(), nesting: 0 });
  return analysis;
}

interface Visit {
  analysis: Analysis;
  source: string;
  /** Names that enclosing comprehensions have introduced. */
  names: ReadonlySet<string>;
  nesting: number;
}

function visit(node: ASTNode, at: Visit): void {
  const problem: Report = (message) => at.analysis.problems.push(new ExpressionError(message, node.start));
  switch (node.op) {
    case 'value':
      checkLiteral(node.args, at.source.slice(node.start, node.end), problem);
      break;
    case 'id':
    case '.':
    case '[]':
      visitAccess(node, at);
      break;
    case 'call':
      visitCall(node.args[0], node.args[1], at, problem);
      break;
    case 'rcall':
      visitMethod(node.args, at, problem);
      break;
    case 'list':
    case '?:':
      for (const item of node.args) visit(item, at);
      break;
    case 'map':
      checkKeys(node.args, at);
      for (const item of node.args.flat()) visit(item, at);
      break;
    case '!_':
    case '-_':
      visit(node.args, at);
      break;
    case '.?':
    case '[?]':
      problem('optional access is not supported');
      break;
    default:
      visit(node.args[0], at);
      visit(node.args[1], at);
  }
}

type Report = (message: string) => void;

function checkLiteral(value: unknown, text: string, problem: Report): void {
  const fault = typeof value === 'number' ? numberFault(text) : null;
  if (typeof value === 'bigint' ? !Number.isSafeInteger(Number(value)) : fault === 'rounded' || fault === 'exponent')
    problem(`the number ${text} is too large: ${KEEP_AS_TEXT}`);
  else if (fault !== null) problem(`the number ${text} would become ${value}: write that, or keep it as text`);
  else if (typeof value === 'object' && value !== null) problem('bytes and unsigned numbers are not supported');
}

/** Refuses a key that is written out twice; the evaluator does so with computed ones. */
function checkKeys(pairs: readonly [ASTNode, ASTNode][], { analysis }: Visit): void {
  const seen = new Set<string>();
  for (const [key] of pairs) {
    if (key.op !== 'value' || typeof key.args !== 'string') continue;
    if (seen.has(key.args)) analysis.problems.push(new ExpressionError(givenTwice(key.args), key.start));
    seen.add(key.args);
  }
}

/** `a.b["c"][d]`: the name at its start, and the members that are written out. */
function visitAccess(node: ASTNode, at: Visit): void {
  const members: (string | null)[] = [];
  let base = node;
  while (base.op === '.' || base.op === '[]') {
    const [owner, key] = base.args;
    if (typeof key === 'string') members.unshift(key);
    else {
      const literal = key.op === 'value' && typeof key.args === 'string';
      members.unshift(literal ? String(key.args) : null);
      visit(key, at);
    }
    base = owner;
  }
  if (base.op !== 'id') visit(base, at);
  else if (!at.names.has(base.args)) checkRoot({ root: base.args, members, start: base.start }, at);
}

interface Access {
  root: string;
  /** Null where the member is computed. */
  members: readonly (string | null)[];
  start: number;
}

function checkRoot({ root, members, start }: Access, { analysis, names }: Visit): void {
  const problem: Report = (message) => analysis.problems.push(new ExpressionError(message, start));
  if (root === 'steps') {
    const [step, member] = members;
    if (typeof step !== 'string') {
      problem('"steps" needs the id of a step: steps.my_step.output or steps["my-step"].output');
      return;
    }
    analysis.references.push({ step, start });
    if (typeof member !== 'string') problem(`a step has ${STEP_MEMBERS.join(', ')}`);
    else checkMember(member, 'a step', STEP_MEMBERS, problem);
    return;
  }
  const known = ROOTS.get(root);
  if (known === undefined) {
    problem(unknownNameMessages('name', [...ROOTS.keys(), 'steps', ...names])(root));
    return;
  }
  const [member] = members;
  if (known && typeof member === 'string') checkMember(member, `"${root}"`, known, problem);
}

function checkMember(member: string, owner: string, known: readonly string[], problem: Report): void {
  if (known.includes(member)) return;
  const hint = didYouMean(createSuggester(known)(member));
  problem(`${owner} has ${known.join(', ')}, not ${quote(member)}${hint}`);
}

function visitCall(name: string, args: readonly ASTNode[], at: Visit, problem: Report): void {
  if (name === 'has') {
    if (args.length !== 1 || args[0]?.op !== '.')
      problem('has() needs one member access, such as has(parameters.limit)');
  } else {
    checkCallee({ name, args, arity: FUNCTIONS.get(name)?.arity, known: CALLED }, problem);
  }
  for (const argument of args) visit(argument, at);
}

function visitMethod([name, receiver, args]: readonly [string, ASTNode, ASTNode[]], at: Visit, problem: Report): void {
  visit(receiver, at);
  const arity = COMPREHENSIONS.get(name) ?? METHODS.get(name)?.arity;
  checkCallee({ name, args, arity, known: CALLED_ON_VALUES }, problem);
  if (!COMPREHENSIONS.has(name)) {
    for (const argument of args) visit(argument, at);
    return;
  }
  const [variable, ...bodies] = args;
  if (at.nesting === EXPRESSION_LIMITS.nesting) {
    problem(`more than ${at.nesting} of ${[...COMPREHENSIONS.keys()].join(', ')} inside one another`);
  }
  if (variable?.op !== 'id') {
    problem(`the first argument of ${name}() must be a name for the item`);
    return;
  }
  const inside = { ...at, names: new Set([...at.names, variable.args]), nesting: at.nesting + 1 };
  for (const body of bodies) visit(body, inside);
}

interface Callee {
  name: string;
  args: readonly ASTNode[];
  /** Absent when nothing has that name. */
  arity: readonly [number, number] | undefined;
  known: readonly string[];
}

/** The names of functions, and of those that are called on a value: `text.contains("x")`. */
const CALLED: readonly string[] = ['has', ...FUNCTIONS.keys()];
const CALLED_ON_VALUES: readonly string[] = [...METHODS.keys(), ...COMPREHENSIONS.keys()];

function checkCallee({ name, args, arity, known }: Callee, problem: Report): void {
  if (!arity) {
    const other = known === CALLED ? CALLED_ON_VALUES : CALLED;
    if (!other.includes(name)) problem(unknownNameMessages('function', known)(name));
    else
      problem(
        known === CALLED ? `${name}() is called on a value: x.${name}(…)` : `${name}() takes the value: ${name}(x)`,
      );
    return;
  }
  const [least, most] = arity;
  if (args.length >= least && args.length <= most) return;
  problem(
    `${name}() takes ${least === most ? least : `${least} to ${most}`} ${most === 1 ? 'argument' : 'arguments'}, not ${args.length}`,
  );
}
