/** A piece of a config string: text as it stands, or the source between `${{` and `}}`. */
export type TemplatePart =
  | { kind: 'text'; text: string }
  /** `start` is the offset of `source` in the string. */
  | { kind: 'expression'; source: string; start: number };

/** Thrown by `parseTemplate`; `start` is an offset in the string. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly start: number;

  constructor(message: string, start: number) {
    super(message);
    this.start = start;
  }
}

const OPEN = '${{';

/** Whether a string needs `parseTemplate` at all: escapes count, they too are replaced. */
export const isTemplate = (text: string): boolean => text.includes(OPEN);

/**
 * Cuts a config string into text and expressions. `$${{` stands for a literal `${{`. Takes linear time.
 * Throws TemplateError for an expression that is not closed.
 */
export function parseTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  const addText = (piece: string) => {
    if (piece !== '') parts.push({ kind: 'text', text: piece });
  };
  let position = 0;
  for (;;) {
    const open = text.indexOf(OPEN, position);
    if (open === -1) {
      addText(text.slice(position));
      return parts;
    }
    if (open > position && text[open - 1] === '$') {
      addText(text.slice(position, open - 1) + OPEN);
      position = open + OPEN.length;
      continue;
    }
    addText(text.slice(position, open));
    const start = open + OPEN.length;
    const end = expressionEnd(text, start);
    if (end === -1) throw new TemplateError('the expression is not closed with }}', open);
    parts.push({ kind: 'expression', source: text.slice(start, end), start });
    position = end + 2;
  }
}

/** Offset of the `}}` that closes the expression begun at `start`: not one inside a string or a map. -1 without. */
function expressionEnd(text: string, start: number): number {
  let depth = 0;
  for (let position = start; position < text.length; position++) {
    const character = text[position];
    if (character === '"' || character === "'") {
      position = stringEnd(text, position, character);
      if (position === -1) return -1;
    } else if (character === '{') depth++;
    else if (character === '}' && depth > 0) depth--;
    else if (character === '}' && text[position + 1] === '}') return position;
  }
  return -1;
}

/** Offset of the last quote of the string that opens at `start`, single or tripled. -1 without. */
function stringEnd(text: string, start: number, quote: string): number {
  const triple = quote.repeat(3);
  const mark = text.startsWith(triple, start) ? triple : quote;
  for (let position = start + mark.length; position < text.length; position++) {
    if (text[position] === '\\') position++;
    else if (text.startsWith(mark, position)) return position + mark.length - 1;
  }
  return -1;
}
