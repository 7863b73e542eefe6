import { createExecutionContext, env } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import type { Env } from '../../../edge/env.ts';
import { createApp } from '../../../edge/rest/app.ts';
import { newKey } from '../api/client.ts';

/** The edge with a database whose every statement fails so. */
async function answerWith(failure: Error, path: string, method = 'GET') {
  const fail = () => {
    throw failure;
  };
  const DB = new Proxy(env.DB, { get: () => fail });
  const headers = { authorization: `Bearer ${await newKey(['read', 'write'])}` };
  const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const bindings: Env = { ...env, DB };
  const response = await createApp().fetch(
    new Request(`https://api.test${path}`, { method, headers }),
    bindings,
    createExecutionContext(),
  );
  const log = JSON.stringify(logged.mock.calls.map((call) => call.map(String)));
  logged.mockRestore();
  return { status: response.status, text: await response.text(), log };
}

const lost = new Error('D1_ERROR: Network connection lost.');
const bug = new TypeError('a secret detail');

describe('an outage of D1', () => {
  it('is answered as UNAVAILABLE, with the cause in the log only', async () => {
    const { status, text, log } = await answerWith(lost, '/v1/workflows');
    expect(status).toBe(503);
    expect(JSON.parse(text).error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('try again'),
    });
    expect(text).not.toContain('Network connection');
    expect(log).toContain('Network connection lost');
  });

  it('is answered so in tRPC as well', async () => {
    const { status, text } = await answerWith(lost, '/trpc/workflows.list?input={}');
    expect(status).toBe(503);
    expect(JSON.parse(text).error.data.error.code).toBe('UNAVAILABLE');
  });

  it('makes /readyz say so', async () => {
    const { status, text } = await answerWith(lost, '/readyz');
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ status: 'down', parts: { database: { status: 'down' } } });
  });

  it('does not touch /healthz', async () => {
    expect((await answerWith(lost, '/healthz')).status).toBe(200);
  });
});

describe('an error that nobody expected', () => {
  it.each(['/v1/workflows', '/trpc/workflows.list?input={}'])('is INTERNAL and tells no detail at %s', async (path) => {
    const { status, text, log } = await answerWith(bug, path);
    expect(status).toBe(500);
    expect(text).toContain('"INTERNAL"');
    expect(text).not.toContain('secret');
    expect(log).not.toBe('[]');
  });
});
