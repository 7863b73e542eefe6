import type { ASTNode } from '@marcbachmann/cel-js';

/** What must be there when an expression has had an outcome: a bit per path, as `Presence` numbers them. */
interface Outcomes {
  whenTrue: bigint;
  whenFalse: bigint;
}

/** The outcome that cannot be: whatever one likes would follow from it. */
const NEVER = -1n;
const NOTHING: Outcomes = { whenTrue: 0n, whenFalse: 0n };

/** Tells a path of names below `parameters` that a node reads or asks for; null for any other node. */
export type PathOf = (node: ASTNode) => readonly string[] | null;

/**
 * Follows what tests of presence, `has(parameters.a)` and `"a" in parameters`, say in any boolean shape: `&&`, `||`, `!`,
 * `? :`, comparison with true and false. One serves one expression; each node is looked at once.
 */
export class Presence {
  readonly #testedPath: PathOf;
  readonly #numbers = new Map<string, bigint>();
  readonly #known = new Map<ASTNode, Outcomes>();

  /** `testedPath`: the path whose presence a node tests. */
  constructor(testedPath: PathOf) {
    this.#testedPath = testedPath;
  }

  /** What is there once `node` was true. */
  whenTrue = (node: ASTNode): bigint => orNothing(this.#outcomes(node).whenTrue);

  /** What is there once `node` was false. */
  whenFalse = (node: ASTNode): bigint => orNothing(this.#outcomes(node).whenFalse);

  /** How many names of `path`, from the first, are there by what is known. */
  depth(path: readonly string[], known: bigint): number {
    for (let depth = known === 0n ? 0 : path.length; depth > 0; depth--) {
      const number = this.#numbers.get(keyOf(path.slice(0, depth)));
      if (number !== undefined && (known & number) !== 0n) return depth;
    }
    return 0;
  }

  #outcomes(node: ASTNode): Outcomes {
    let outcomes = this.#known.get(node);
    if (outcomes === undefined) {
      outcomes = this.#follow(node);
      this.#known.set(node, outcomes);
    }
    return outcomes;
  }

  #follow(node: ASTNode): Outcomes {
    const path = this.#testedPath(node);
    if (path !== null) return { whenTrue: this.#number(path), whenFalse: 0n };
    switch (node.op) {
      case 'value':
        if (node.args === true) return { whenTrue: 0n, whenFalse: NEVER };
        return node.args === false ? { whenTrue: NEVER, whenFalse: 0n } : NOTHING;
      case '!_':
        return swap(this.#outcomes(node.args));
      case '&&': {
        const [left, right] = node.args.map((side) => this.#outcomes(side));
        return left && right ? both(left, right) : NOTHING;
      }
      case '||': {
        const [left, right] = node.args.map((side) => swap(this.#outcomes(side)));
        return left && right ? swap(both(left, right)) : NOTHING;
      }
      case '?:':
        return this.#choose(node.args);
      case '==':
        return this.#compare(node.args);
      case '!=':
        return swap(this.#compare(node.args));
      default:
        return NOTHING;
    }
  }

  #choose([condition, yes, no]: readonly [ASTNode, ASTNode, ASTNode]): Outcomes {
    const { whenTrue, whenFalse } = this.#outcomes(condition);
    const [then, otherwise] = [this.#outcomes(yes), this.#outcomes(no)];
    return {
      whenTrue: (whenTrue | then.whenTrue) & (whenFalse | otherwise.whenTrue),
      whenFalse: (whenTrue | then.whenFalse) & (whenFalse | otherwise.whenFalse),
    };
  }

  /** `has(…) == true`, either way round. What is compared may be no bool: then only the outcome that names its value says something. */
  #compare([left, right]: readonly [ASTNode, ASTNode]): Outcomes {
    const [literal, tested] = isBool(left) ? [left, right] : [right, left];
    if (!isBool(literal)) return NOTHING;
    const { whenTrue, whenFalse } = this.#outcomes(tested);
    const isTrue = literal.args === true;
    const equal = isTrue ? whenTrue : whenFalse;
    const other = isTrue ? whenFalse : whenTrue;
    return { whenTrue: equal, whenFalse: TESTS.has(tested.op) || this.#testedPath(tested) ? other : 0n };
  }

  #number(path: readonly string[]): bigint {
    const key = keyOf(path);
    const number = this.#numbers.get(key) ?? 1n << BigInt(this.#numbers.size);
    this.#numbers.set(key, number);
    return number;
  }
}

/** Operators whose value is true or false, or an error. */
const TESTS: ReadonlySet<string> = new Set(['!_', '&&', '||', '==', '!=', '<', '<=', '>', '>=', 'in']);

const keyOf = (path: readonly string[]): string => JSON.stringify(path);

const isBool = (node: ASTNode): boolean => node.op === 'value' && typeof node.args === 'boolean';

/** What stands where `true ? … : …` never goes was tested by nothing. */
const orNothing = (known: bigint): bigint => (known === NEVER ? 0n : known);

const swap = ({ whenTrue, whenFalse }: Outcomes): Outcomes => ({ whenTrue: whenFalse, whenFalse: whenTrue });

const both = (left: Outcomes, right: Outcomes): Outcomes => ({
  whenTrue: left.whenTrue | right.whenTrue,
  whenFalse: left.whenFalse & right.whenFalse,
});
