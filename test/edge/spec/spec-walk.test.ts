import { env } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { executionStub } from '../../../edge/durable/stubs.ts';
import { DEFAULT_WORKSPACE } from '../../../edge/repositories/database.ts';
import type { Update } from '../../../shared/schemas/update.ts';
import createRequest from '../../spec/create-workflow.request.json' with { type: 'json' };
import createResponse from '../../spec/create-workflow.response.json' with { type: 'json' };
import executeRequest from '../../spec/execute-workflow.request.json' with { type: 'json' };
import executeResponse from '../../spec/execute-workflow.response.json' with { type: 'json' };
import getResponse from '../../spec/get-execution.response.json' with { type: 'json' };
import logsResponse from '../../spec/get-logs.response.json' with { type: 'json' };
import listResponse from '../../spec/list-workflows.response.json' with { type: 'json' };
import stopRequest from '../../spec/stop-execution.request.json' with { type: 'json' };
import { createRest, newKey, type Rest } from '../api/client.ts';
import { announceWorker, plugin } from '../api/worker.ts';
import { differences } from './walk.ts';

/** Keys of the examples that may be null, and why. */
const NULLABLE: Record<string, string> = {
  'data.estimated_cost.compute_hours': 'no history to estimate from',
  'data.estimated_cost.estimated_usd': 'no price is known',
  'data.started_at': 'queued',
  'data.current_step': 'queued',
  'data.estimated_completion': 'no history to estimate from',
  'data.resource_usage.cost_usd': 'no plugin reported a cost',
};
const isNullable = (path: string) => path in NULLABLE;

let rest: Rest;
let workflow: string;
let execution: string;

const ingest = (updates: Update[]) =>
  executionStub(env.EXECUTIONS, DEFAULT_WORKSPACE, execution).ingest({
    execution_id: execution,
    attempt: 1,
    updates,
    logs: logsResponse.data.logs.map((entry, n) => ({
      ...entry,
      level: 'INFO' as const,
      source: `${entry.step_id}/1`,
      n,
      timestamp: new Date(entry.timestamp).toISOString(),
      metadata: JSON.parse(JSON.stringify(entry.metadata)),
    })),
  });

beforeAll(async () => {
  const any = { type: 'object' };
  await announceWorker({
    capacity: {},
    plugins: [
      plugin('snowflake', { extract_data: any }),
      plugin('databricks', { process_features: any, train_model: any }),
      plugin('mlflow', { validate_model: any }),
    ],
  });
  rest = createRest(await newKey(['read', 'write']));
});

describe('the documented examples', () => {
  it('create a workflow', async () => {
    const { status, body } = await rest('POST', '/v1/workflows', { body: createRequest });
    expect(status).toBe(201);
    expect(differences(createResponse, body, isNullable)).toEqual([]);
    workflow = body.data.id;
  });

  it('execute it', async () => {
    const { status, body } = await rest('POST', `/v1/workflows/${workflow}/execute`, { body: executeRequest });
    expect(status).toBe(202);
    expect(differences(executeResponse, body, isNullable)).toEqual([]);
    execution = body.data.execution_id;
  });

  it('get its state while it runs', async () => {
    const [first, second] = getResponse.data.step_details as [
      (typeof getResponse.data.step_details)[0],
      (typeof getResponse.data.step_details)[1],
    ];
    const time = (text: string | undefined) => new Date(text ?? '').toISOString();
    await ingest([
      { type: 'execution_started', at: time(getResponse.data.started_at) },
      {
        type: 'step_ended',
        result: {
          step_id: first.id,
          status: 'completed',
          tries: 1,
          started_at: time(first.started_at),
          completed_at: time(first.completed_at),
          output: { ...first.output },
          error: null,
          usage: {
            ...{ cluster_id: null, workers: null, cpu_usage: 50, memory_usage: 20 },
            ...{ cpu_seconds: 600, peak_memory_mb: 131_072, peak_cpu_cores: 40 },
          },
          artifacts: [],
        },
      },
      { type: 'step_started', step_id: second.id, try: 1, at: time(second.started_at) },
      {
        type: 'step_progress',
        ...{ step_id: second.id, try: 1, n: 1 },
        progress: { current_operation: 'calculating_aggregations', percentage: 35 },
        usage: { cluster_id: 'cluster_001', workers: 5, cpu_usage: 75, memory_usage: 68 },
      },
    ]);
    const { status, body } = await rest('GET', `/v1/workflows/executions/${execution}`);
    expect(status).toBe(200);
    expect(differences(getResponse, body, (path) => path === 'data.resource_usage.cost_usd')).toEqual([]);
    const { started_at, current_step, progress, step_details } = body.data;
    expect({ started_at, current_step, progress }).toEqual({
      started_at: time(getResponse.data.started_at),
      current_step: getResponse.data.current_step,
      progress: getResponse.data.progress,
    });
    expect(step_details[0].output).toEqual(first.output);
    expect(step_details[1]).toMatchObject({ progress: second.progress, resource_usage: second.resource_usage });
  });

  it('read its log', async () => {
    const { status, body } = await rest('GET', `/v1/workflows/executions/${execution}/logs`);
    expect(status).toBe(200);
    expect(differences(logsResponse, body, isNullable)).toEqual([]);
  });

  it('stop it', async () => {
    const { status, body } = await rest('POST', `/v1/workflows/executions/${execution}/stop`, { body: stopRequest });
    expect(status).toBe(202);
    expect(body.data).toMatchObject({ status: 'stopping', reason: stopRequest.reason });
    expect(differences(getResponse, body, isNullable)).toEqual([]);
  });

  it('list it once it has ended', async () => {
    await ingest([{ type: 'closed', status: 'completed', at: '2024-01-15T15:00:00.000Z', error: null }]);
    const { status, body } = await rest('GET', '/v1/workflows?tags=churn');
    expect(status).toBe(200);
    expect(differences(listResponse, body, isNullable)).toEqual([]);
  });
});

describe('the walk itself', () => {
  it('sees missing keys, other types and nulls', () => {
    const example = { a: { b: 1, c: 'x' }, d: [{ e: true }], t: '2024-01-15T10:00:00Z', n: 1 };
    const answer = { a: { b: '1' }, d: [{}], t: 'now', n: null };
    expect(differences(example, answer, () => false)).toEqual([
      'a.b is string, not number',
      'a.c is missing',
      'd.0.e is missing',
      't is no time',
      'n is null',
    ]);
    expect(differences({ n: 1 }, { n: null }, (path) => path === 'n')).toEqual([]);
  });
});
