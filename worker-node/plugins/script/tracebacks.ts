const PYTHON = /^\s*(?:\+ Exception Group )?Traceback \(most recent call last\):$/;
const PYTHON_GROUP = /^\s*\+ Exception Group /;
/** A thread's, one that nobody could catch, and that of another process, which stands between quotes. */
const PYTHON_HEAD = /^(?:Exception (?:in thread|ignored in)\b.*|[\w.]*RemoteTraceback: ?)$/;
const PYTHON_CHAIN =
  /^(?:The above exception was the direct cause of|During handling of the above exception, another exception occurred)/;
const NODE = /^(?:file:\/\/|node:|\/|\[)\S.*:\d+$/;
const NODE_MARK = /^\s*\^+\s*$/;
const NODE_END = /^Node\.js v\d/;

/** Lines that are held at most behind the line that names the exception. */
const MAX_FOLLOWING = 50;
/** Lines of a head before its traceback. */
const MAX_HEAD = 3;
/** Characters of one traceback; Python shortens what repeats itself, so real ones have less. */
const MAX_LENGTH = 256 * 1024;

type State = 'none' | 'head' | 'stack' | 'named' | 'chain' | 'node';

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
  /** Lines behind the exception's: of its message, of a chain, or of something else. */
  let following: string[] = [];

  function hold(text: string, next: State): void {
    held.push(text);
    length += text.length;
    state = next;
    if (length > MAX_LENGTH) settle();
  }

  function forget(): void {
    state = 'none';
    held = [];
    length = 0;
    following = [];
  }

  function settle(said?: string): void {
    if (state === 'named' && said !== undefined) takeMessage(said.split('\n'));
    // A head without a traceback was none, nor was a path.
    const none = state === 'head' || (state === 'node' && held.length < 3);
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

  /** What began like an error of Node: its first line passes, the others are looked at anew. */
  function scatter(): void {
    const [first = '', ...rest] = held;
    forget();
    onEntry(first);
    for (const text of rest) take[state](text);
  }

  const begins = (text: string) => PYTHON.test(text) || PYTHON_HEAD.test(text) || NODE.test(text);

  function again(text: string): void {
    settle();
    take.none(text);
  }

  const take: Record<State, (text: string) => void> = {
    none(text) {
      if (PYTHON.test(text)) hold(text, 'stack');
      else if (PYTHON_HEAD.test(text)) hold(text, 'head');
      else if (NODE.test(text)) hold(text, 'node');
      else onEntry(text);
    },
    head(text) {
      if (PYTHON.test(text)) hold(text, 'stack');
      else if (text === '"""' && held.length < MAX_HEAD) hold(text, 'head');
      else again(text);
    },
    stack(text) {
      // A group names its exceptions inside.
      const isNamed = held.some((before) => PYTHON_GROUP.test(before)) || text === '';
      if (/^\s/.test(text)) hold(text, 'stack');
      else if (!isNamed) hold(text, 'named');
      else {
        state = 'named';
        take.named(text);
      }
    },
    named(text) {
      if (PYTHON_CHAIN.test(text)) {
        held.push(...following.splice(0));
        hold(text, 'chain');
      } else if (begins(text)) again(text);
      else if (following.push(text) > MAX_FOLLOWING) settle();
    },
    chain(text) {
      if (PYTHON.test(text)) hold(text, 'stack');
      else if (text === '' || text === '"""' || PYTHON_HEAD.test(text)) hold(text, 'chain');
      else again(text);
    },
    node(text) {
      hold(text, 'node');
      // The line of the source, and under it the place: without them it was only a path.
      if (held.length === 3 && !NODE_MARK.test(text)) scatter();
      else if (NODE_END.test(text)) settle();
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
