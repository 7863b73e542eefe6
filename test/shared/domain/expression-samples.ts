import type { ExpressionContext } from '../../../shared/domain/expression-context.ts';
import { createExpressions } from '../../../shared/domain/expressions.ts';
import type { JsonObject, JsonValue } from '../../../shared/schemas/json.ts';

export function sampleContext(parameters: JsonObject = {}): ExpressionContext {
  return {
    parameters: { limit: 10, ratio: 0.5, flag: true, nothing: null, word: 'churn', list: [3, 1, 2], ...parameters },
    steps: {
      extract: {
        output: {
          name: 'churn',
          rows: [
            { id: 1, score: 0.5 },
            { id: 2, score: 0.75 },
          ],
        },
        status: 'completed',
      },
      'clean-up': { output: 'done', status: 'completed' },
    },
    execution: { id: 'exec_1', name: null, attempt: 1, scheduled_at: null, created_at: '2026-01-15T14:30:00.000Z' },
    workflow: { id: 'wf_1', name: 'churn', version: '1.0.0' },
  };
}

/** The value of one expression. */
export function evaluateText(source: string, parameters: JsonObject = {}): JsonValue {
  return createExpressions().resolve({ value: `\${{ ${source} }}` }, sampleContext(parameters)).value ?? null;
}
