import type { ExecutionState } from '../../../shared/domain/execution-state.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { Command, RunContext } from '../../../shared/schemas/command.ts';
import type { Plan } from '../../../shared/schemas/plan.ts';
import type { OutboxEntry } from './outbox.ts';
import type { ExecutionMeta } from './store.ts';

export type CommandEntry = Extract<OutboxEntry, { kind: 'start' | 'reconcile' | 'stop' }>;

/**
 * The command that an outbox entry stands for. Its id follows from what it asks for, so that sending it again adds nothing
 * to the queue.
 */
export function commandOf(
  entry: CommandEntry,
  { meta, state, planText }: { meta: ExecutionMeta; state: ExecutionState; planText: () => string },
): Command {
  const { execution_id, priority } = state.header;
  const { attempt, stop } = state.core;
  const base = { execution_id, attempt };
  const id = (what: string) => `${execution_id}.${attempt}.${what}`;
  switch (entry.kind) {
    case 'start':
      return {
        type: 'start',
        id: id('start'),
        ...base,
        payload: { context: runContext(meta, state), priority, plan: inlinePlan(planText()) },
      };
    case 'reconcile':
      return { type: 'reconcile', id: id('reconcile'), ...base, payload: {} };
    case 'stop':
      return {
        type: 'stop',
        id: id(entry.graceful ? 'stop' : 'stop_now'),
        ...base,
        payload: {
          reason: stop?.reason ?? null,
          graceful: entry.graceful,
          cleanup_resources: stop?.cleanup_resources ?? true,
          save_partial_results: stop?.save_partial_results ?? true,
        },
      };
    default:
      throw new Error(`no command for ${JSON.stringify(entry satisfies never)}`);
  }
}

function runContext(meta: ExecutionMeta, { header, core }: ExecutionState): RunContext {
  const { execution_id, execution_name, created_at, scheduled_at, workflow_id, workflow_version, parameters } = header;
  return {
    execution: { id: execution_id, name: execution_name, attempt: core.attempt, created_at, scheduled_at },
    workflow: { id: workflow_id, name: meta.workflow_name, version: workflow_version },
    parameters,
  };
}

/** Null for a plan that is too large for a command: the worker fetches it. */
const inlinePlan = (text: string): Plan | null =>
  new TextEncoder().encode(text).length <= LIMITS.inlinePlanBytes ? JSON.parse(text) : null;
