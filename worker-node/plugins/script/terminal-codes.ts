/** What a terminal does with the next piece of what is printed. */
export interface TerminalActions {
  /** Characters to show; never empty. */
  text(run: string): void;
  lineFeed(): void;
  /** Back to the first column: by a carriage return or a code. */
  carriageReturn(): void;
  backspace(): void;
  /** The line is empty from its first column (`line`), or from the cursor on (`rest`). */
  erase(what: 'line' | 'rest'): void;
}

type State = 'text' | 'escape' | 'intermediate' | 'control' | 'string' | 'stringEscape';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/g;
/** Characters of one control sequence that are looked at; real ones have a dozen. */
const MAX_PARAMETERS = 64;

/**
 * Reads what a process prints as a terminal does, in pieces of any length: codes for colour, cursor, title and links are
 * taken out (ECMA-48; the states are those of Paul Williams' parser for ANSI terminals). A code that is never finished
 * ends with its line, so that nothing behind it is lost.
 */
export function createTerminalReader(actions: TerminalActions): (piece: string) => void {
  let state: State = 'text';
  let parameters = '';

  function control(character: string): void {
    if (character === '\n') actions.lineFeed();
    else if (character === '\r') actions.carriageReturn();
    else if (character === '\b') actions.backspace();
    else if (character === '\x1b') state = 'escape';
    // All others show nothing.
  }

  function sequence(final: string): void {
    if (final === 'K') actions.erase(parameters === '' || parameters === '0' ? 'rest' : 'line');
    // To column 1 of this line, or of one above or below, where nothing can be written any more.
    else if (/[ABEF]/.test(final) || (final === 'G' && /^[01]?$/.test(parameters))) actions.carriageReturn();
  }

  /** One character inside a code. */
  function inCode(character: string): void {
    if (character === '\n' || character === '\x18' || character === '\x1a') {
      state = 'text';
      if (character === '\n') actions.lineFeed();
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
        sequence(character);
      } else if (parameters.length < MAX_PARAMETERS) parameters += character;
    } else if (character < '0') {
      state = 'intermediate';
    } else if (state === 'escape' && character === '[') {
      parameters = '';
      state = 'control';
    } else if (state === 'escape' && ']PX^_'.includes(character)) {
      state = 'string';
    } else state = 'text';
  }

  return (piece) => {
    let at = 0;
    while (at < piece.length) {
      if (state !== 'text') {
        inCode(piece.charAt(at++));
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
