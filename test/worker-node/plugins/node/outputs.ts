import { outputsByExpression } from '../script/outputs-by-expression.ts';
import { run } from './project.ts';

const SOURCE = (prelude: string) => `
import { readFileSync } from 'node:fs';
import { output } from 'wf';
${prelude}

export function run(expressions) {
  return expressions.map((expression) => {
    try {
      output(eval('(' + expression + ')'));
      return { text: readFileSync(process.env.WF_OUTPUT, 'utf8') };
    } catch ({ code, message, retryable }) {
      return { code: code ?? 'none', message, retryable: retryable ?? true };
    }
  });
}`;

/** What the engine takes as the output of each expression, or how it is refused. All of them run in one process. */
export async function outputsOf(expressions: readonly string[], prelude = '') {
  return outputsByExpression(expressions, await run(SOURCE(prelude), { function: 'run', input: [...expressions] }));
}
