/** What expressions may cost. Together they keep the resolution of any config well under a second. */
export const EXPRESSION_LIMITS = {
  /** Characters between `${{` and `}}`. */
  characters: 4_000,
  /** Expressions in one config. */
  perConfig: 1_000,
  /** Nodes of one parsed expression. */
  nodes: 2_000,
  /** Comprehensions (`map`, `filter`, `all` …) inside one another. */
  nesting: 2,
  /** Items that one comprehension goes over. */
  items: 10_000,
  /** Units of work for all expressions of one config: 10 per node evaluated and value copied, 1 or 2 per character or item moved or compared. */
  work: 20_000_000,
  /** Characters of a resolved config, near enough to its size as JSON. */
  resolvedCharacters: 16 * 1024 * 1024,
} as const;

/** An expression that cannot be evaluated. `start` is an offset in its source. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly start: number;

  constructor(message: string, start: number) {
    super(message);
    this.start = start;
  }
}

/** Counts what the expressions of one config cost, and stops them: once over, every further charge throws too. */
export interface Meter {
  /** Throws ExpressionError once more than `EXPRESSION_LIMITS.work` has been charged. */
  work(units: number): void;
  /** Throws ExpressionError once the resolved config is too large. */
  output(characters: number): void;
}

/** A meter for one config, with all of its work and output left. */
export function createMeter(): Meter {
  let work: number = EXPRESSION_LIMITS.work;
  let output: number = EXPRESSION_LIMITS.resolvedCharacters;
  return {
    work(units) {
      work -= units;
      if (work < 0) throw new ExpressionError('the expressions of this config take too much work', 0);
    },
    output(characters) {
      output -= characters;
      if (output >= 0) return;
      throw new ExpressionError(`the resolved config is over ${EXPRESSION_LIMITS.resolvedCharacters} characters`, 0);
    },
  };
}
