/** One requirement or option of a requirements file. */
export interface RequirementLine {
  text: string;
  /** Where it begins in its file, from 1. */
  number: number;
}

/** Every character that ends a line for Python. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters.
const LINE_END = /\r\n|[\n\v\f\r\u001c-\u001e\u0085\u2028\u2029]/;

/**
 * The lines of a requirements file as pip reads them: a backslash at its end continues a line, with the blanks before and
 * behind it, and comments are left out.
 */
export function requirementLines(file: string): RequirementLine[] {
  const lines: RequirementLine[] = [];
  let begun: RequirementLine | undefined;
  for (const [at, line] of file.split(LINE_END).entries()) {
    const isComment = /^\s*#/.test(line);
    const continues = !isComment && line.endsWith('\\');
    const part = isComment ? '' : continues ? line.replace(/^\\+|\\+$/g, '') : line;
    begun = begun ? { ...begun, text: begun.text + part } : { text: part, number: at + 1 };
    if (continues) continue;
    lines.push(begun);
    begun = undefined;
  }
  if (begun) lines.push(begun);
  return lines
    .map(({ text, number }) => ({ text: text.replace(/(?:^|\s+)#.*$/, '').trim(), number }))
    .filter(({ text }) => text !== '');
}

/** The words of an option line, without their quotes. */
export function optionWords(line: string): string[] {
  const words = line.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
      (_all, escaped?: string, double?: string, single?: string) =>
        escaped ?? single ?? (double ?? '').replace(/\\(["\\])/g, '$1'),
    ),
  );
}

/** The opposite of `optionWords`. */
export function optionLine(words: readonly string[]): string {
  return words.map((word) => (/[\s"'\\]/.test(word) ? `'${word.replaceAll("'", `'"'"'`)}'` : word)).join(' ');
}
