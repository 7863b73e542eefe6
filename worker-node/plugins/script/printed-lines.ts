import { boundaryBefore } from '../../../shared/domain/clip.ts';
import { createTerminalReader } from './terminal-codes.ts';

/** A piece of a line, to be shown as one entry. */
export interface PrintedPart {
  text: string;
  /** Nothing of the line was shown before, and nothing of it is to come. */
  whole: boolean;
  /** The line was written more than once, as progress bars are. */
  redrawn: boolean;
}

export interface PrintedLines {
  write(piece: string): void;
  /** Shows what stands in the last line and was not shown yet: half a line, or the newest state of a progress bar. */
  peek(): void;
  end(): void;
  /** Whether `peek` would show something. */
  readonly unseen: boolean;
}

export interface PrintedLinesOptions {
  /** Characters of a part; a longer line comes in several, which joined are the line. */
  maxLength: number;
  onPart(part: PrintedPart): void;
  /** A line that has ended, as it stands then; of a very long one, its end. */
  onLine?(line: string, redrawn: boolean): void;
}

/**
 * Cuts what a process prints into lines as a terminal shows them: a carriage return begins the line anew, and only its
 * last state is left when it ends; a backspace takes back a character once another is printed over it.
 */
export function createPrintedLines({ maxLength, onPart, onLine }: PrintedLinesOptions): PrintedLines {
  let line = '';
  /** Characters of `line` that were shown. */
  let shown = 0;
  /** What was shown last of this line by `peek`. */
  let lastState: string | undefined;
  /** Whether anything of this line was shown. */
  let begun = false;
  let redrawn = false;
  // They count only when something is printed after them.
  let returned = false;
  let back = 0;

  const blank = (text: string) => text.trim() === '';
  const nothingNew = () => line.length === shown || (redrawn && (blank(line) || line === lastState));

  function show(whole: boolean): void {
    const text = line.slice(shown);
    shown = line.length;
    onPart({ text, whole: whole && !begun, redrawn });
    begun = true;
  }

  function restart(): void {
    line = '';
    shown = 0;
    redrawn = true;
  }

  function takeBack(): void {
    const kept = [...line].slice(0, -back).join('');
    back = 0;
    line = kept;
    if (shown <= kept.length) return;
    shown = 0;
    redrawn = true;
  }

  function flushFull(): void {
    while (line.length - shown > maxLength) {
      const at = boundaryBefore(line, shown + maxLength);
      onPart({ text: line.slice(shown, at), whole: false, redrawn });
      begun = true;
      // What has been shown of a long line is not kept.
      line = line.slice(at);
      shown = 0;
    }
  }

  function endLine(): void {
    const isNew = redrawn ? !nothingNew() : line.length > shown || !begun;
    if (isNew) show(true);
    onLine?.(line, redrawn);
    line = '';
    shown = 0;
    lastState = undefined;
    begun = false;
    redrawn = false;
    returned = false;
    back = 0;
  }

  const write = createTerminalReader({
    text(run) {
      if (returned) restart();
      else if (back > 0) takeBack();
      returned = false;
      line += run;
      flushFull();
    },
    lineFeed: endLine,
    carriageReturn() {
      returned = true;
      back = 0;
    },
    backspace() {
      if (!returned) back++;
    },
    erase(what) {
      if (what === 'line' || returned) restart();
    },
  });

  return {
    write,
    peek() {
      if (nothingNew() || blank(line.slice(shown))) return;
      show(false);
      lastState = line;
    },
    end() {
      if (line !== '') endLine();
    },
    get unseen() {
      return !nothingNew();
    },
  };
}
