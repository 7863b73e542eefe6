import type { JsonValue } from '../../../../shared/schemas/json.ts';
import { parseOutput } from '../../../../worker-node/plugins/script/output-json.ts';
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

interface Answer {
  text?: string;
  code?: string;
  message?: string;
  retryable?: boolean;
}

/** What the engine takes as the output of each expression, or how it is refused. All of them run in one process. */
export async function outputsOf(
  expressions: readonly string[],
  prelude = '',
): Promise<Map<string, JsonValue | Omit<Answer, 'text'>>> {
  const answers = (await run(SOURCE(prelude), { function: 'run', input: [...expressions] })) as unknown as Answer[];
  return new Map(
    answers.map(({ text, ...refused }, n) => [expressions[n] ?? '', text === undefined ? refused : parseOutput(text)]),
  );
}
