import { randomUUID } from 'node:crypto';
import type { StartPayload } from '../../../shared/schemas/command.ts';
import type { JsonObject } from '../../../shared/schemas/json.ts';
import type { Plan, PlanStep } from '../../../shared/schemas/plan.ts';

export interface StepOptions {
  id: string;
  depends_on?: string[];
  /** `plugin.operation`; `core.echo` without. */
  does?: string;
  config?: JsonObject;
  retry?: Partial<PlanStep['retry']>;
  timeout_ms?: number;
  refs?: string[];
  slot?: PlanStep['slot'];
}

/** A plan, as the edge makes it. */
export function planOf(steps: readonly StepOptions[], timeout_ms: number | null = null): Plan {
  return {
    timeout_ms,
    steps: steps.map(
      ({ id, depends_on = [], does = 'core.echo', retry, timeout_ms = 3_600_000, refs = [], slot = 'waiting' }) => {
        const [plugin = '', operation = ''] = does.split('.');
        return {
          id,
          plugin,
          operation,
          depends_on,
          slot,
          in_engine: does === 'core.sleep',
          retry: {
            max_attempts: 1,
            initial_interval_ms: 20,
            backoff_coefficient: 2,
            max_interval_ms: 300_000,
            non_retryable_errors: [],
            ...retry,
          },
          timeout_ms,
          refs,
        };
      },
    ),
    specs: Object.fromEntries(steps.map(({ id, config = {} }) => [id, { config, resources: null }])),
  };
}

/** What starts an execution of `plan`. */
export function payloadOf(plan: Plan | null, parameters: JsonObject = {}): StartPayload {
  const id = `exec_${randomUUID().replaceAll('-', '')}`;
  return {
    context: {
      execution: { id, name: null, attempt: 1, created_at: new Date().toISOString(), scheduled_at: null },
      workflow: { id: 'wf_test', name: 'test', version: '1.0.0' },
      parameters,
    },
    priority: 'normal',
    plan,
  };
}
