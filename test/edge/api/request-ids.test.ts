import { env } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { rest } from './caller.ts';
import { steps } from './protocol.ts';

describe('request ids', () => {
  it('are taken from the caller and given back, also in errors', async () => {
    const headers = { 'x-request-id': 'my-request.1' };
    expect((await rest('GET', '/v1/workflows', { headers })).headers.get('x-request-id')).toBe('my-request.1');
    const refused = await rest('GET', '/v1/workflows/wf_none', { headers });
    expect(refused.body.error.request_id).toBe('my-request.1');
    expect(refused.headers.get('x-request-id')).toBe('my-request.1');
  });

  it.each(['', 'x'.repeat(129), 'a b', '<script>'])('are made anew in place of "%s"', async (id) => {
    const { headers } = await rest('GET', '/v1/workflows', { headers: { 'x-request-id': id } });
    expect(headers.get('x-request-id')).toMatch(/^req_/);
  });

  it('and the trace of the start stand in every log entry', async () => {
    const workflow = (await rest('POST', '/v1/workflows', { body: { name: 'w', steps } })).body.data.id;
    const headers = {
      'x-request-id': 'start-1',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    };
    const { body } = await rest('POST', `/v1/workflows/${workflow}/execute`, { headers });
    const name = `default/${body.data.execution_id}`;
    const stub = env.EXECUTIONS.getByName(
      name,
    ) as unknown as import('../../../edge/durable/execution-api.ts').ExecutionApi;
    const log = {
      source: 'run',
      n: 1,
      timestamp: '2030-01-01T00:00:00.000Z',
      level: 'INFO',
      step_id: null,
      plugin: null,
      message: 'x',
      metadata: {},
    } as const;
    await stub.ingest({ execution_id: body.data.execution_id, attempt: 1, updates: [], logs: [log] });
    const logs = await rest('GET', `/v1/workflows/executions/${body.data.execution_id}/logs`);
    expect(logs.body.data.logs[0].metadata).toEqual({
      correlation_id: 'start-1',
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    });
  });
});
