import type { JsonObject, JsonValue } from '../../../../shared/schemas/json.ts';
import { parseOutput } from '../../../../worker-node/plugins/script/output-json.ts';

/** What a script answers for each expression: the text of its output, or the failure that refused it. */
interface Answer {
  text?: string;
  code?: string;
  message?: string;
  retryable?: boolean;
}

/** What the engine takes as the output of each expression, or how the script refused it. */
export function outputsByExpression(
  expressions: readonly string[],
  answers: JsonValue | JsonObject,
): Map<string, JsonValue | Omit<Answer, 'text'>> {
  return new Map(
    (answers as unknown as Answer[]).map(({ text, ...refused }, n) => [
      expressions[n] ?? '',
      text === undefined ? refused : parseOutput(text),
    ]),
  );
}
