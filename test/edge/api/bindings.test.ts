import { createExecutionContext, env } from 'cloudflare:test';
import { expect, it } from 'vitest';
import type { Env } from '../../../edge/env.ts';
import edge from '../../../edge/index.ts';
import { key } from './caller.ts';
import { workflowId } from './pipeline.ts';

/** Executes over an edge with these bindings; answers `data`. */
async function executeWith(bindings: Partial<Env>, body: object) {
  const request = new Request<unknown, IncomingRequestCfProperties>(
    `https://api.test/v1/workflows/${workflowId}/execute`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    },
  );
  const response = await edge.fetch(request, { ...env, ...bindings }, createExecutionContext());
  return (await response.json<{ data: Record<string, unknown> }>()).data;
}

it('links an execution to the page that EXECUTION_URL_TEMPLATE names', async () => {
  const data = await executeWith({ EXECUTION_URL_TEMPLATE: 'https://temporal.test/{namespace}/{workflow_id}' }, {});
  expect(data.execution_url).toBe(`https://temporal.test/default/${data.execution_id}.1`);
});

it('waits a minute for the end of what is executed with async: false, then answers how it is', async () => {
  const waited: number[] = [];
  const impatient = (stub: object) =>
    new Proxy(stub, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (name !== 'awaitEnd') return value;
        return (ms: number) => {
          waited.push(ms);
          return Reflect.get(target, name)(1);
        };
      },
    });
  const EXECUTIONS = new Proxy(env.EXECUTIONS, {
    get: (namespace, name) =>
      name === 'getByName' ? (id: string) => impatient(namespace.getByName(id)) : Reflect.get(namespace, name),
  });
  expect(await executeWith({ EXECUTIONS }, { async: false })).toMatchObject({ status: 'queued', completed_at: null });
  expect(waited).toEqual([60_000]);
});
