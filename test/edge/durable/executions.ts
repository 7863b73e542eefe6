import { env, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll } from 'vitest';
import type { CreateExecutionInput } from '../../../edge/durable/execution-api.ts';
import { executionStub } from '../../../edge/durable/stubs.ts';
import type { ExecutionHeader } from '../../../shared/domain/execution-state.ts';
import { noWorkerConnected } from '../../../shared/domain/waiting-for.ts';
import type { StepResult, Update, UpdateBatch } from '../../../shared/schemas/update.ts';

export const WORKSPACE = 'default';

beforeAll(async () => {
  await env.DB.prepare(
    `INSERT OR IGNORE INTO workflows (id, workspace_id, name, version, description, status, tags, created_by, created_at, updated_at)
     VALUES ('wf_1', ?, 'churn', '1.0.0', '', 'created', '[]', 'user_1', '', '')`,
  )
    .bind(WORKSPACE)
    .run();
});

let count = 0;

/** A pool of its own per caller keeps commands of different tests apart. */
export const newPool = (): string => `pool-${count++}`;

export const at = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

/** A chain of `steps` echo steps, ready to be created. */
export function newExecution(steps = 2, change: Partial<CreateExecutionInput> = {}): CreateExecutionInput {
  const execution_id = `exec_${Date.now()}${count++}`;
  const ids = Array.from({ length: steps }, (_, i) => `s${i}`);
  const header: ExecutionHeader = {
    execution_id,
    workflow_id: 'wf_1',
    workflow_version: '1.0.0',
    execution_name: null,
    priority: 'normal',
    parameters: { date: '2026-01-01' },
    triggered_by: { type: 'api', actor: 'user_1' },
    created_at: at(0),
    scheduled_at: null,
    estimated_completion: null,
    execution_url: null,
    steps: ids.map((id, i) => ({
      id,
      plugin: 'core',
      operation: 'echo',
      depends_on: ids.slice(Math.max(0, i - 1), i),
    })),
  };
  const pool = newPool();
  return {
    workspace_id: WORKSPACE,
    pool,
    header,
    workflow_name: 'churn',
    warnings: [],
    plan: {
      timeout_ms: null,
      steps: header.steps.map((step) => ({
        ...step,
        slot: 'waiting',
        in_engine: false,
        retry: {
          max_attempts: 1,
          initial_interval_ms: 1_000,
          backoff_coefficient: 2,
          max_interval_ms: 300_000,
          non_retryable_errors: [],
        },
        timeout_ms: 3_600_000,
        refs: [],
      })),
      specs: Object.fromEntries(ids.map((id) => [id, { config: { value: id }, resources: null }])),
    },
    correlation_id: 'req_1',
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    waiting_for: noWorkerConnected(pool),
    ...change,
  };
}

export const executionOf = (id: string) => executionStub(env.EXECUTIONS, WORKSPACE, id);

/** The object itself, for the test helpers of the runtime. */
export const executionObject = (id: string) => env.EXECUTIONS.getByName(`${WORKSPACE}/${id}`);
export const dispatchObject = (pool: string) => env.DISPATCH.getByName(`${WORKSPACE}/${pool}/0`);

/** Lets time pass as far as the execution's outbox and timers are concerned. */
export async function laterAlarm(id: string, ms: number) {
  await runInDurableObject(executionObject(id), (_instance, { storage }) => {
    storage.sql.exec('UPDATE outbox SET due = due - ?', ms);
    storage.sql.exec('UPDATE timers SET at = at - ?', ms);
  });
  await runDurableObjectAlarm(executionObject(id));
}

/** Creates it, and answers its id and its object. */
export async function created(input = newExecution()) {
  const id = input.header.execution_id;
  const execution = executionOf(id);
  await execution.create(input);
  return { id, pool: input.pool, execution };
}

export const batch = (execution_id: string, updates: Update[], change: Partial<UpdateBatch> = {}): UpdateBatch => ({
  execution_id,
  attempt: 1,
  updates,
  logs: [],
  ...change,
});

export const completed = (step_id: string, from: number, to: number): StepResult => ({
  step_id,
  status: 'completed',
  tries: 1,
  started_at: at(from),
  completed_at: at(to),
  output: { from: step_id },
  error: null,
  usage: null,
  artifacts: [],
});

export const started = (ms = 1): Update => ({ type: 'execution_started', at: at(ms) });
export const stepStarted = (step_id: string, ms: number): Update => ({
  type: 'step_started',
  step_id,
  try: 1,
  at: at(ms),
});
export const stepEnded = (step_id: string, from: number, to: number): Update => ({
  type: 'step_ended',
  result: completed(step_id, from, to),
});

/** The published end of an execution whose steps all completed. */
export const result = (steps: StepResult[], status: 'completed' | 'stopped' = 'completed'): Update => ({
  type: 'result',
  status,
  started_at: at(1),
  completed_at: at(1_000),
  error: null,
  page: 0,
  pages: 1,
  steps,
});

/** What a chain of `steps` steps posts from its start to its end, in order. */
export function story(steps: number): Update[] {
  const ids = Array.from({ length: steps }, (_, i) => `s${i}`);
  return [
    started(),
    ...ids.flatMap((id, i) => [stepStarted(id, 10 * i + 2), stepEnded(id, 10 * i + 2, 10 * i + 8)]),
    result(ids.map((id, i) => completed(id, 10 * i + 2, 10 * i + 8))),
  ];
}
