import { LINES } from './traceback-lines.ts';
import { createTracebacks, type Tracebacks } from './tracebacks.ts';

/** What torchrun, mpirun and others put before each line of one of their processes: `[rank0]: `, `[1,0]<stderr>:`. */
const PREFIX = /^\[[^\]]{1,40}\](?:<std(?:err|out)>:|: |:$)/;
/** Processes whose tracebacks are put together at the same time. */
const MAX_PREFIXES = 256;

/** As `createTracebacks`, also of several processes whose lines come mixed, each with a prefix of its process. */
export function createPrefixedTracebacks(onEntry: (text: string) => void): Tracebacks {
  const plain = createTracebacks(onEntry);
  const byPrefix = new Map<string, Tracebacks>();

  /** Those of the line's process, while there is something to put together. */
  function ownOf(prefix: string, rest: string): Tracebacks | undefined {
    const known = byPrefix.get(prefix);
    if (known?.holds || !(LINES.python.test(rest) || LINES.pythonHead.test(rest)))
      return known?.holds ? known : undefined;
    if (byPrefix.size >= MAX_PREFIXES) settleAll();
    const own = createTracebacks((text) => onEntry(text.replace(/^/gm, () => prefix)));
    byPrefix.set(prefix, own);
    return own;
  }

  function settleAll(said?: string): void {
    for (const own of byPrefix.values()) own.settle(said);
    byPrefix.clear();
  }

  /** Those that may be whole: a line of nobody's comes behind them. */
  function settleNamed(): void {
    for (const [prefix, own] of byPrefix) {
      if (own.open) continue;
      own.settle();
      byPrefix.delete(prefix);
    }
  }

  return {
    line(text) {
      const [prefix] = PREFIX.exec(text) ?? [];
      const rest = prefix === undefined ? '' : text.slice(prefix.length);
      const own = prefix === undefined ? undefined : ownOf(prefix, rest);
      if (own) own.line(rest);
      else {
        if (prefix === undefined) settleNamed();
        plain.line(text);
      }
    },
    settle(said) {
      settleAll(said);
      plain.settle(said);
    },
    get open() {
      return plain.open || [...byPrefix.values()].some(({ open }) => open);
    },
    get holds() {
      return plain.holds || [...byPrefix.values()].some(({ holds }) => holds);
    },
  };
}
