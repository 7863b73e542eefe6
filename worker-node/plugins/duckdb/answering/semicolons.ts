/** What a semicolon may stand in without being one: comments, text, names, text between dollar signs. */
const QUOTED = [
  String.raw`--[^\n]*`,
  String.raw`/\*`,
  String.raw`(?<![A-Za-z0-9_])[eE]'[^'\\]*(?:(?:\\[^]|'')[^'\\]*)*'`,
  // A quote that is written twice ends one text and begins the next.
  "'[^']*'",
  '"[^"]*"',
  String.raw`(?<![A-Za-z0-9_$])(?<tag>\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$)[^]*?\k<tag>`,
];

/** Where semicolons stand in `sql` that may separate statements, in their order. */
export function semicolons(sql: string): number[] {
  const tokens = new RegExp(`${QUOTED.join('|')}|;`, 'g');
  const found: number[] = [];
  for (let token = tokens.exec(sql); token !== null; token = tokens.exec(sql)) {
    if (token[0] === ';') found.push(token.index);
    else if (token[0] === '/*') tokens.lastIndex = endOfComment(sql, token.index);
  }
  return found;
}

/** Comments lie inside of comments, as in PostgreSQL. */
function endOfComment(sql: string, start: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}
