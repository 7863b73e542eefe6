import { clipStart } from '../../../shared/domain/clip.ts';
import { byteLength, unitsWithin } from '../../../shared/domain/clip-bytes.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { OperationContext } from '../define-plugin.ts';
import { createPrintedLines, type PrintedLines, type PrintedPart } from './printed-lines.ts';
import { createTracebacks, type Tracebacks } from './tracebacks.ts';

/** Entries that the lines of stdout and stderr together make, per try. */
const MAX_ENTRIES = 100_000;
const TAIL_LINES = 20;
const TAIL_LENGTH = 4_000;
/** After so long a line without an end is shown, a progress bar anew, and nothing more is expected of a traceback. */
const MOMENT_MS = 1_000;
/** A progress bar that an exception interrupted has no line feed of its own. */
const GLUED = /^(?:(.*\S)\s*)?(Traceback \(most recent call last\):)$/;

type Stream = 'stdout' | 'stderr';

/** Passes what a process prints to the log as a terminal would show it, bounded, and remembers the end of stderr. */
export class OutputLog {
  readonly #log: OperationContext<unknown>['log'];
  readonly #out: PrintedStream;
  readonly #err: PrintedStream;
  readonly #tail: string[] = [];
  #lastBar = '';
  #entries = 0;

  constructor({ log }: Pick<OperationContext<unknown>, 'log'>) {
    this.#log = log;
    this.#out = new PrintedStream((text) => this.#pass('stdout', text));
    this.#err = new PrintedStream(
      (text) => this.#pass('stderr', text),
      (line, redrawn) => this.#remember(line, redrawn),
    );
  }

  readonly stdout = (text: string): void => this.#out.write(text);
  readonly stderr = (text: string): void => this.#err.write(text);

  /** To be called when nothing more is printed. `said` is how the process named its error, if it did. */
  end(said?: string): void {
    this.#out.end(said);
    this.#err.end(said);
    const leftOut = this.#entries - MAX_ENTRIES;
    if (leftOut <= 0) return;
    const lines = leftOut === 1 ? '1 further line was' : `${leftOut} further lines were`;
    this.#log('WARN', `${lines} left out: of what a try prints, ${MAX_ENTRIES} lines are logged.`);
  }

  /** The last lines of stderr; progress bars only where there is nothing else. */
  stderrTail(): string {
    return clipStart(this.#tail.join('\n') || this.#lastBar, TAIL_LENGTH);
  }

  #pass(stream: Stream, text: string): void {
    if (++this.#entries <= MAX_ENTRIES) this.#log('INFO', text, { stream });
  }

  #remember(line: string, redrawn: boolean): void {
    const [, bar, rest] = (redrawn && GLUED.exec(line)) || [];
    if (redrawn) this.#lastBar = bar ?? line;
    const text = redrawn ? rest : line;
    if (text === undefined) return;
    this.#tail.push(text);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
  }
}

/** One of the two streams: lines, then tracebacks out of lines. */
class PrintedStream {
  readonly #lines: PrintedLines;
  readonly #tracebacks: Tracebacks;
  readonly #onEntry: (text: string) => void;
  #peekTimer: NodeJS.Timeout | undefined;
  #settleTimer: NodeJS.Timeout | undefined;

  constructor(onEntry: (text: string) => void, onLine?: (line: string, redrawn: boolean) => void) {
    this.#onEntry = onEntry;
    this.#tracebacks = createTracebacks((text) => this.#inParts(text));
    this.#lines = createPrintedLines({
      maxBytes: LIMITS.logMessageBytes,
      onPart: (part) => this.#part(part),
      ...(onLine && { onLine }),
    });
  }

  write(text: string): void {
    this.#lines.write(text);
    if (this.#lines.unseen) this.#peekTimer ??= setTimeout(() => this.#peek(), MOMENT_MS);
    if (this.#tracebacks.open) clearTimeout(this.#settleTimer);
    else if (this.#settleTimer) return;
    if (this.#tracebacks.holds) this.#settleTimer = setTimeout(() => this.#settle(), MOMENT_MS);
  }

  end(said?: string): void {
    this.#lines.end();
    this.#settle(said);
    clearTimeout(this.#peekTimer);
  }

  #peek(): void {
    this.#peekTimer = undefined;
    this.#lines.peek();
  }

  #settle(said?: string): void {
    clearTimeout(this.#settleTimer);
    this.#settleTimer = undefined;
    this.#tracebacks.settle(said);
  }

  #part({ text, whole, redrawn }: PrintedPart): void {
    const [, bar, glued] = (redrawn && GLUED.exec(text)) || [];
    if (!whole && glued === undefined) this.#settle();
    if (bar !== undefined) this.#onEntry(bar);
    if (glued !== undefined) this.#tracebacks.line(glued);
    else if (whole) this.#tracebacks.line(text);
    else this.#onEntry(text);
  }

  /** A traceback may be longer than an entry. */
  #inParts(text: string): void {
    let rest = text;
    while (byteLength(rest) > LIMITS.logMessageBytes) {
      const units = unitsWithin(rest, LIMITS.logMessageBytes);
      this.#onEntry(rest.slice(0, units));
      rest = rest.slice(units);
    }
    this.#onEntry(rest);
  }
}
