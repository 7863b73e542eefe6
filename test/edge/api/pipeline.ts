import { env } from 'cloudflare:test';
import { beforeEach } from 'vitest';
import { executionStub } from '../../../edge/durable/stubs.ts';
import { DEFAULT_WORKSPACE } from '../../../edge/repositories/database.ts';
import type { StepResult, Update } from '../../../shared/schemas/update.ts';
import { rest } from './caller.ts';
import { announceWorker } from './worker.ts';

/** A workflow of two steps, anew for each test of the file that imports this module. */
export let workflowId: string;

beforeEach(async () => {
  await announceWorker();
  workflowId = await createWorkflow();
});

export async function createWorkflow(more: object = {}): Promise<string> {
  const steps = [
    { id: 'a', plugin: 'core', operation: 'echo', config: { v: 1 } },
    { id: 'b', plugin: 'core', operation: 'echo', depends_on: ['a'] },
  ];
  const { body } = await rest('POST', '/v1/workflows', { body: { name: 'pipeline', steps, ...more } });
  return body.data.id;
}

export const execute = (body?: object, id = workflowId) =>
  rest('POST', `/v1/workflows/${id}/execute`, body === undefined ? {} : { body });

export const at = (second: number) => new Date(Date.UTC(2030, 0, 1, 0, 0, second)).toISOString();

export const result = (step_id: string, from: number, to: number, more: Partial<StepResult> = {}): StepResult => ({
  step_id,
  status: 'completed',
  tries: 1,
  started_at: at(from),
  completed_at: at(to),
  output: { step: step_id },
  error: null,
  usage: null,
  artifacts: [],
  ...more,
});

const ending = (status: 'completed' | 'failed' | 'timed_out', steps: StepResult[]): Update => ({
  type: 'result',
  status,
  started_at: at(0),
  completed_at: at(10),
  error: null,
  page: 0,
  pages: 1,
  steps,
});

export function ingest(id: string, updates: Update[], attempt = 1) {
  return executionStub(env.EXECUTIONS, DEFAULT_WORKSPACE, id).ingest({ execution_id: id, attempt, updates, logs: [] });
}

/** Lets the execution run to its end. */
export async function finish(id: string, status: 'completed' | 'failed' | 'timed_out' = 'completed') {
  await ingest(id, [{ type: 'execution_started', at: at(0) }]);
  await ingest(id, [ending(status, [result('a', 0, 4), result('b', 4, 10)])]);
}
