import type { ASTNode } from '@marcbachmann/cel-js';
import { Presence } from './expression-presence.ts';
import { COMPREHENSIONS } from './expression-syntax.ts';

const ROOT = 'parameters';

/** Something below `parameters` that an expression reads. */
export interface ParameterRead {
  /** Names from the outermost inwards, as far as they are written out; none for `parameters` as a whole, or by a computed key. */
  names: readonly string[];
  /** The first names, of which a `has()` around the read says that they are there: without them it is not read. */
  tested: number;
  /** The first names that must be there: all, or all but the last, whose presence is what is asked. */
  needed: number;
}

/** What `ast` reads of `parameters`, and of what it has made sure before that it is there. */
export function readParameters(ast: ASTNode, source: string): ParameterRead[] {
  // Most expressions read steps.
  if (!source.includes(ROOT)) return [];
  const reads: ParameterRead[] = [];
  walk(ast, { reads, presence: new Presence(testedNames), known: 0n, shadowed: false });
  return reads;
}

interface Walk {
  reads: ParameterRead[];
  presence: Presence;
  known: bigint;
  /** Whether a comprehension around has called its item `parameters`. */
  shadowed: boolean;
}

function walk(node: ASTNode, at: Walk): void {
  const under = (child: ASTNode, known = 0n) => walk(child, { ...at, known: at.known | known });
  const { whenTrue, whenFalse } = at.presence;
  switch (node.op) {
    case 'id':
    case '.':
    case '[]':
      walkAccess(node, at);
      break;
    case 'value':
      break;
    case 'call':
    case 'in':
      if (walkTest(node, at)) break;
      for (const child of node.op === 'in' ? node.args : node.args[1]) under(child);
      break;
    case 'rcall':
      walkMethod(node.args, at);
      break;
    case '?:': {
      const [condition, yes, no] = node.args;
      under(condition);
      under(yes, whenTrue(condition));
      under(no, whenFalse(condition));
      break;
    }
    case '&&':
      under(node.args[0]);
      under(node.args[1], whenTrue(node.args[0]));
      break;
    case '||':
      under(node.args[0]);
      under(node.args[1], whenFalse(node.args[0]));
      break;
    case 'list':
      for (const item of node.args) under(item);
      break;
    case 'map':
      for (const item of node.args.flat()) under(item);
      break;
    case '!_':
    case '-_':
      under(node.args);
      break;
    default:
      under(node.args[0]);
      // Of optional access, which is refused, the second is a name.
      if (typeof node.args[1] === 'object') under(node.args[1]);
  }
}

/** `parameters.a["b"]`, up to the first member that is computed; what computes it is looked at too. */
function walkAccess(node: ASTNode, at: Walk): void {
  const { root, names, computed } = accessOf(node);
  if (root.op !== 'id') walk(root, at);
  else if (root.args === ROOT && !at.shadowed) addRead({ names, needed: names.length }, at);
  for (const key of computed) walk(key, at);
}

/** Whether `node` was a test of presence: `has(parameters.a.b)` reads `parameters.a`, and asks for `b`. */
function walkTest(node: ASTNode, at: Walk): boolean {
  const names = at.shadowed ? null : testedNames(node);
  if (names === null) return false;
  addRead({ names, needed: names.length - 1 }, at);
  return true;
}

function addRead(read: Omit<ParameterRead, 'tested'>, { reads, presence, known }: Walk): void {
  reads.push({ ...read, tested: presence.depth(read.names, known) });
}

function walkMethod([name, receiver, args]: readonly [string, ASTNode, ASTNode[]], at: Walk): void {
  walk(receiver, at);
  const [variable, ...bodies] = args;
  if (variable?.op !== 'id' || !COMPREHENSIONS.has(name)) {
    for (const argument of args) walk(argument, at);
    return;
  }
  const inside = { ...at, shadowed: at.shadowed || variable.args === ROOT };
  for (const body of bodies) walk(body, inside);
}

/** The names of `has(parameters.a)` and `"a" in parameters`; null for all else. */
function testedNames(node: ASTNode): string[] | null {
  if (node.op === 'call') {
    const [name, [argument]] = node.args;
    return name === 'has' && argument?.op === '.' ? namesOf(argument) : null;
  }
  if (node.op !== 'in' || node.args[0].op !== 'value' || typeof node.args[0].args !== 'string') return null;
  const owner = namesOf(node.args[1]);
  return owner && [...owner, node.args[0].args];
}

/** Null for what is no access of `parameters`, and for one with a computed member. */
function namesOf(node: ASTNode): string[] | null {
  const { root, names, computed } = accessOf(node);
  return root.op === 'id' && root.args === ROOT && computed.length === 0 ? names : null;
}

interface Access {
  root: ASTNode;
  /** Up to the first member that is not written out. */
  names: string[];
  /** What computes members. */
  computed: ASTNode[];
}

function accessOf(node: ASTNode): Access {
  const access: Access = { root: node, names: [], computed: [] };
  while (access.root.op === '.' || access.root.op === '[]') {
    const [owner, key] = access.root.args;
    const name = typeof key === 'string' ? key : key.op === 'value' ? key.args : null;
    if (typeof name === 'string') access.names.unshift(name);
    else {
      access.names = [];
      if (typeof key === 'object') access.computed.push(key);
    }
    access.root = owner;
  }
  return access;
}
