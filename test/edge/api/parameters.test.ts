import { describe, expect, it } from 'vitest';
import { rest } from './caller.ts';
import { steps } from './protocol.ts';

const EXECUTION = '/v1/workflows/executions/exec_1';

describe('query parameters', () => {
  it.each([
    [
      '/v1/workflows?limits=5',
      'limits',
      'unknown query parameter "limits"; did you mean "limit"? (known: page, limit, status, created_by, tags)',
    ],
    ['/v1/workflows/executions/exec_1/events?seq=5', 'seq', 'unknown query parameter "seq" (known: after_seq, limit)'],
    ['/v1/workflows/wf_1?version=1', 'version', 'unknown query parameter "version" (there are none)'],
    ['/v1/workflows?limit=5&limit=6', 'limit', 'is given more than once'],
    ['/v1/workflows?limit=many', 'limit', 'must be an integer'],
    [`${EXECUTION}/logs?start_time=2026-01-02&end_time=2026-01-01`, 'end_time', 'must not be before start_time'],
    ['/v1/workflows/executions?from=2026-01-02&to=2026-01-01T23:59Z', 'to', 'must not be before from'],
  ])('%s: the answer says what there is', async (path, name, message) => {
    const { status, body } = await rest('GET', path);
    expect(status).toBe(400);
    expect(body.error.details).toEqual([{ code: 'VALIDATION_ERROR', path: name, message }]);
  });

  it('are all named when several are wrong', async () => {
    const { body } = await rest('GET', '/v1/workflows?foo=1&foo=2&page=0&limit=1&limit=2&bar=');
    expect(body.error.details.map(({ path }: { path: string }) => path)).toEqual(['foo', 'bar', 'limit', 'page']);
  });

  it('that are unknown are named beside what is wrong with the body', async () => {
    const { body } = await rest('POST', '/v1/workflows?foo=1', { body: { name: '', steps: [{}] } });
    expect(body.error.details.map(({ path }: { path: string }) => path)).toEqual([
      'foo',
      'name',
      'steps.0.id',
      'steps.0.plugin',
      'steps.0.operation',
    ]);
  });

  it('are called keys in tRPC', async () => {
    const { body } = await rest('GET', `/trpc/workflows.list?input=${encodeURIComponent('{"limits":5}')}`);
    expect(body.error.data.error.details[0].message).toMatch(/^unknown key "limits"; did you mean "limit"\?/);
  });
});

describe('ids in path and body', () => {
  it('may both be given when they agree', async () => {
    const workflow = (await rest('POST', '/v1/workflows', { body: { name: 'w', steps } })).body.data.id;
    expect((await rest('POST', `/v1/workflows/${workflow}/execute`, { body: { workflow_id: workflow } })).status).toBe(
      202,
    );
  });

  it('are refused when they differ', async () => {
    const { status, body } = await rest('POST', '/v1/workflows/wf_1/execute', { body: { workflow_id: 'wf_2' } });
    expect(status).toBe(400);
    expect(body.error.details[0].path).toBe('workflow_id');
  });
});
