import { TerminalRow } from './terminal-row.ts';
import { TerminalScreen } from './terminal-screen.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/;

/** A text, such as the message of an error, as a terminal would leave it: without codes, each line in its last state. */
export function shownText(text: string): string {
  if (!CONTROL.test(text)) return text;
  const lines: string[] = [];
  const ignore = () => undefined;
  const screen = new TerminalScreen({
    newRow: () => new TerminalRow(),
    changed: ignore,
    fed: ignore,
    dropped: (row: TerminalRow) => lines.push(row.text),
  });
  screen.write(text);
  return [...lines, ...screen.rows.map((row) => row.text)].join('\n');
}
