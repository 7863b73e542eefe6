import { describe, expect, it } from 'vitest';
import { rest } from './caller.ts';

describe('routes', () => {
  it.each([
    '/',
    '/v1',
    '/v1/nothing',
    '/v2/workflows',
    '/v1/workflows/x/y',
    '/v1/workflows/executions/x/y',
    '/v1/workflows/workflows2',
  ])('%s is not found', async (path) => {
    const { status, body } = await rest('GET', path, { key: null });
    expect(status).toBe(path === '/v1/workflows/workflows2' ? 401 : 404);
    expect(body.error.request_id).toMatch(/^req_/);
  });

  it.each([
    ['DELETE', '/v1/workflows', 'GET, POST, HEAD'],
    ['PATCH', '/v1/workflows/wf_1', 'GET, HEAD'],
    ['GET', '/v1/workflows/wf_1/execute', 'POST'],
    ['POST', '/v1/workflows/executions', 'GET, HEAD'],
    ['PUT', '/v1/workflows/executions/exec_1/stop', 'POST'],
    ['POST', '/v1/workflows/workflows/executions/exec_1/logs', 'GET, HEAD'],
    ['POST', '/v1/workflows/executions/exec_1/stream', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['DELETE', '/readyz', 'GET, HEAD'],
    ['PUT', '/openapi.json', 'GET, HEAD'],
    ['POST', '/docs', 'GET, HEAD'],
  ])('%s %s is not allowed, and Allow says what is', async (method, path, allow) => {
    const { status, body, headers } = await rest(method, path);
    expect([status, body.error.code]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(headers.get('allow')).toBe(allow);
  });

  it('take a trailing slash', async () => {
    expect((await rest('GET', '/v1/workflows/')).status).toBe(200);
  });

  it('answer HEAD as GET without a body', async () => {
    const { status, body, headers } = await rest('HEAD', '/v1/workflows');
    expect([status, body]).toEqual([200, '']);
    expect(headers.get('content-type')).toContain('application/json');
  });

  it('may be called from any web page', async () => {
    const preflight = await rest('OPTIONS', '/v1/workflows', {
      key: null,
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, idempotency-key',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    const answer = await rest('GET', '/v1/workflows', { headers: { origin: 'https://app.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const exposed = answer.headers.get('access-control-expose-headers')?.split(',');
    expect(exposed).toEqual(['X-Request-Id', 'Idempotent-Replayed', 'Retry-After']);
    const refused = await rest('GET', '/v1/workflows', { key: null, headers: { origin: 'https://app.example' } });
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  });
});
