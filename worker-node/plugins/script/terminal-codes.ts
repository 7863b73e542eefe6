/** What of a line or of the screen is emptied: what is before the cursor, from it on, or all. */
export type Erased = 'start' | 'rest' | 'all';

/** What a terminal does with the next piece of what is printed. Rows and columns count from 0. */
export interface TerminalActions {
  /** Characters to show; never empty. */
  text(run: string): void;
  /** To the first column of the next row. */
  lineFeed(): void;
  carriageReturn(): void;
  /** By so many columns; below 0 to the left. */
  across(columns: number): void;
  /** By so many rows; below 0 up. */
  down(rows: number): void;
  toColumn(column: number): void;
  toRow(row: number): void;
  eraseLine(what: Erased): void;
  eraseScreen(what: Erased): void;
  save(): void;
  restore(): void;
}

type State = 'text' | 'escape' | 'intermediate' | 'control' | 'string' | 'stringEscape';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/g;
/** Characters of one control sequence that are looked at; real ones have a dozen. */
const MAX_PARAMETERS = 64;
/** Every code moves by less. */
const MAX_NUMBER = 65_535;
/** Terminals take the vertical tab and the form feed for line feeds. */
const FEEDS = '\n\v\f';

/**
 * Reads what a process prints as a terminal does, in pieces of any length: codes for colour, cursor, title and links are
 * taken out (ECMA-48; the states are those of Paul Williams' parser for ANSI terminals). A code that is never finished
 * ends with its line, so that nothing behind it is lost.
 */
export function createTerminalReader(actions: TerminalActions): (piece: string) => void {
  let state: State = 'text';
  let parameters = '';

  function control(character: string): void {
    if (FEEDS.includes(character)) actions.lineFeed();
    else if (character === '\r') actions.carriageReturn();
    else if (character === '\b') actions.across(-1);
    else if (character === '\x1b') state = 'escape';
    // All others show nothing.
  }

  /** ESC and one character. */
  function shortCode(final: string): void {
    if (final === '7') actions.save();
    else if (final === '8') actions.restore();
    else if (final === 'M') actions.down(-1);
    else if (final === 'D') actions.down(1);
    else if (final === 'E') actions.lineFeed();
  }

  /** One character inside a code. */
  function inCode(character: string): void {
    if (FEEDS.includes(character) || character === '\x18' || character === '\x1a') {
      state = 'text';
      if (FEEDS.includes(character)) actions.lineFeed();
    } else if (state === 'string') {
      if (character === '\x07') state = 'text';
      else if (character === '\x1b') state = 'stringEscape';
    } else if (character === '\x1b') {
      state = 'escape';
    } else if (character < ' ') {
      // Other controls work inside of codes too.
      control(character);
    } else if (state === 'control') {
      if (character >= '@') {
        state = 'text';
        sequence(actions, { final: character, parameters });
      } else if (parameters.length < MAX_PARAMETERS) parameters += character;
    } else if (character < '0') {
      state = 'intermediate';
    } else if (state === 'escape' && character === '[') {
      parameters = '';
      state = 'control';
    } else if (state === 'escape' && ']PX^_'.includes(character)) {
      state = 'string';
    } else {
      if (state === 'escape') shortCode(character);
      state = 'text';
    }
  }

  return (piece) => {
    let at = 0;
    while (at < piece.length) {
      if (state !== 'text') {
        const character = piece.charAt(at);
        // No code holds it: what began as one was none.
        if (character > '~' && state !== 'string') state = 'text';
        else {
          inCode(character);
          at++;
        }
        continue;
      }
      CONTROL.lastIndex = at;
      const next = CONTROL.exec(piece)?.index ?? piece.length;
      if (next > at) actions.text(piece.slice(at, next));
      if (next < piece.length) control(piece.charAt(next));
      at = next + 1;
    }
  };
}

type Numbers = [first: number, second: number];

/** By the last character of a code that begins with ESC [; all others, such as colours, show nothing. */
const SEQUENCES: Readonly<Record<string, (actions: TerminalActions, numbers: Numbers) => void>> = {
  A: (actions, [rows]) => actions.down(-count(rows)),
  B: (actions, [rows]) => actions.down(count(rows)),
  C: (actions, [columns]) => actions.across(count(columns)),
  D: (actions, [columns]) => actions.across(-count(columns)),
  E(actions, [rows]) {
    actions.carriageReturn();
    actions.down(count(rows));
  },
  F(actions, [rows]) {
    actions.carriageReturn();
    actions.down(-count(rows));
  },
  G: (actions, [column]) => actions.toColumn(count(column) - 1),
  '`': (actions, [column]) => actions.toColumn(count(column) - 1),
  H: toPlace,
  f: toPlace,
  K: (actions, [what]) => actions.eraseLine(ERASED[what] ?? 'all'),
  J: (actions, [what]) => actions.eraseScreen(ERASED[what] ?? 'all'),
  s: (actions) => actions.save(),
  u: (actions) => actions.restore(),
};

function toPlace(actions: TerminalActions, [row, column]: Numbers): void {
  actions.toColumn(count(column) - 1);
  actions.toRow(count(row) - 1);
}

function sequence(actions: TerminalActions, { final, parameters }: { final: string; parameters: string }): void {
  // A private code (ESC [ ? …) means something else.
  if (!/^[\d;]*$/.test(parameters) || !Object.hasOwn(SEQUENCES, final)) return;
  const [first, second] = parameters.split(';').map((text) => Math.min(MAX_NUMBER, Number(text)));
  SEQUENCES[final]?.(actions, [first ?? 0, second ?? 0]);
}

const ERASED: readonly Erased[] = ['rest', 'start', 'all'];

/** Without a number a code counts 1, and 0 is 1 too. */
const count = (number: number): number => Math.max(1, number);
