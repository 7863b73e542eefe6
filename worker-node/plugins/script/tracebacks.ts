import { LINES } from './traceback-lines.ts';

/** Lines that are held at most behind the line that names the exception. */
const MAX_FOLLOWING = 50;
/** Lines of a head before its traceback, of a file that cannot be compiled, and of the message of an error. */
const MAX_BEGINNING = 10;
/** Characters of one traceback; Python shortens what repeats itself, so real ones have less. */
const MAX_LENGTH = 256 * 1024;

type State = 'none' | 'head' | 'stack' | 'named' | 'chain' | 'place' | 'fault' | 'node' | 'error' | 'calls' | 'fields';
/** Seen no further, its lines were something else. */
const BEGINNINGS: readonly State[] = ['head', 'place', 'error'];

export interface Tracebacks {
  line(text: string): void;
  /** Passes on what is held: nothing more belongs to it. `said` is how the process named its error, for its last lines. */
  settle(said?: string): void;
  /** Whether the lines of a stack are still coming in. */
  readonly open: boolean;
  readonly holds: boolean;
}

/**
 * Puts the lines of a traceback together, whatever they are of: Python's with what they were caused by and with groups
 * of exceptions, and what Node prints of an error that nobody caught. All other lines pass at once.
 */
export function createTracebacks(onEntry: (text: string) => void): Tracebacks {
  let state: State = 'none';
  let held: string[] = [];
  let length = 0;
  let isGroup = false;
  /** Lines behind the exception's: of its message, of a chain, or of something else. */
  let following: string[] = [];

  function hold(text: string, next: State): void {
    held.push(text);
    length += text.length + 1;
    isGroup ||= LINES.pythonGroup.test(text);
    state = next;
    if (length > MAX_LENGTH) settle();
  }

  function forget(): void {
    state = 'none';
    held = [];
    length = 0;
    isGroup = false;
    following = [];
  }

  function settle(said?: string): void {
    if (state === 'named' && said !== undefined) takeMessage(said.split('\n'));
    // A head without a traceback was none, nor was a path.
    const none = BEGINNINGS.includes(state) || (state === 'node' && held.length < 3);
    // Those of faulthandler have empty lines between them.
    if (state === 'fault') while (held.at(-1) === '') following.push(held.pop() ?? '');
    const entries = none ? held : [held.join('\n'), ...following];
    const isEmpty = state === 'none';
    forget();
    if (!isEmpty) for (const entry of entries) onEntry(entry);
  }

  /** Lines of the exception's message that stand among the following ones. */
  function takeMessage([first = '', ...rest]: string[]): void {
    if (!held.at(-1)?.endsWith(first) || rest.some((text, at) => following[at] !== text)) return;
    held.push(...following.splice(0, rest.length));
  }

  /** What only began like an error: its first line passes, the others are looked at anew. */
  function scatter(): void {
    const [first = '', ...rest] = held;
    forget();
    onEntry(first);
    for (const text of rest) take[state](text);
  }

  const begins = (text: string) =>
    [LINES.python, LINES.pythonHead, LINES.fault, LINES.node].some((pattern) => pattern.test(text));

  function again(text: string): void {
    settle();
    take.none(text);
  }

  /** The line goes with the beginning that is held, or all of them are looked at anew. */
  function belongs(text: string, fits: boolean): void {
    if (fits && held.length < MAX_BEGINNING) hold(text, state);
    else {
      held.push(text);
      scatter();
    }
  }

  const take: Record<State, (text: string) => void> = {
    none(text) {
      if (LINES.python.test(text)) hold(text, 'stack');
      else if (LINES.pythonHead.test(text)) hold(text, 'head');
      else if (LINES.pythonPlace.test(text)) hold(text, 'place');
      else if (LINES.fault.test(text)) hold(text, 'fault');
      else if (LINES.node.test(text)) hold(text, 'node');
      else if (LINES.error.test(text)) hold(text, 'error');
      else onEntry(text);
    },
    head(text) {
      if (LINES.python.test(text)) hold(text, 'stack');
      else if (LINES.call.test(text)) hold(text, 'calls');
      else belongs(text, text === '"""' || LINES.pythonFuture.test(text));
    },
    stack(text) {
      // A group names its exceptions inside.
      const isNamed = isGroup || text === '';
      if (/^\s/.test(text)) hold(text, 'stack');
      else if (!isNamed) hold(text, 'named');
      else {
        state = 'named';
        take.named(text);
      }
    },
    named(text) {
      if (LINES.pythonChain.test(text)) {
        held.push(...following.splice(0));
        hold(text, 'chain');
      } else if (begins(text)) again(text);
      else if (following.push(text) > MAX_FOLLOWING) settle();
    },
    chain(text) {
      if (LINES.python.test(text)) hold(text, 'stack');
      else if (text === '' || text === '"""' || LINES.pythonHead.test(text)) hold(text, 'chain');
      else again(text);
    },
    place(text) {
      if (held.length > 1 && LINES.pythonError.test(text)) hold(text, 'named');
      else belongs(text, LINES.pythonSource.test(text));
    },
    fault(text) {
      if (LINES.fault.test(text) || LINES.faultRest.test(text)) hold(text, 'fault');
      else again(text);
    },
    node(text) {
      hold(text, 'node');
      // The line of the source, and under it the place: without them it was only a path.
      if (held.length === 3 && !LINES.nodeMark.test(text)) scatter();
      else if (LINES.nodeEnd.test(text)) settle();
    },
    error(text) {
      if (LINES.call.test(text)) hold(text, text.endsWith(' {') ? 'fields' : 'calls');
      else belongs(text, !begins(text) && !LINES.error.test(text));
    },
    calls(text) {
      if (LINES.call.test(text) || /^(?:\s+\.{3} \d+ more|Caused by: )/.test(text))
        hold(text, text.endsWith(' {') ? 'fields' : 'calls');
      else again(text);
    },
    fields(text) {
      if (!/^[\s}\]]/.test(text)) return again(text);
      hold(text, 'fields');
      if (text.startsWith('}')) settle();
    },
  };

  return {
    line: (text) => take[state](text),
    settle,
    get open() {
      return state !== 'none' && state !== 'named';
    },
    get holds() {
      return state !== 'none';
    },
  };
}
