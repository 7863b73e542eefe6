import { SELF } from 'cloudflare:test';
import { createTRPCClient, httpLink, TRPCClientError } from '@trpc/client';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { isPage } from '../../../edge/rest/envelope.ts';
import { restRoutes } from '../../../edge/rest/routes.ts';
import type { AppRouter } from '../../../edge/trpc/router.ts';
import { BASE, createRest, newKey, type Rest } from './client.ts';
import { announceWorker } from './worker.ts';

let rest: Rest;
let call: (procedure: string, input: object) => Promise<unknown>;
let workflow: string;
let execution: string;
let unavailable: string;
let reading: string;

const steps = [{ id: 'a', plugin: 'core', operation: 'echo' }];
const ID = '2c6e1f9a';

beforeAll(async () => {
  await announceWorker();
  const key = await newKey(['read', 'write']);
  rest = createRest(key);
  const client = createTRPCClient<AppRouter>({
    links: [
      httpLink({
        url: `${BASE}/trpc`,
        fetch: (url, init) => SELF.fetch(`${url}`, init as RequestInit),
        headers: { authorization: `Bearer ${key}`, 'x-request-id': ID },
      }),
    ],
  });
  // By name, as the table below calls every procedure; the types of the client are tested by the compiler.
  const untyped = client as unknown as Record<
    string,
    Record<string, Record<string, (input: object) => Promise<unknown>>>
  >;
  const kinds = new Map(restRoutes().map(({ procedure, type }) => [procedure, type === 'query' ? 'query' : 'mutate']));
  call = (procedure, input) => {
    const [noun = '', verb = ''] = procedure.split('.');
    const method = untyped[noun]?.[verb]?.[kinds.get(procedure) ?? ''];
    if (!method) throw new Error(`there is no ${procedure}`);
    return method(input);
  };
  workflow = (await rest('POST', '/v1/workflows', { body: { name: 'w', steps, tags: ['x'] } })).body.data.id;
  execution = (await rest('POST', `/v1/workflows/${workflow}/execute`)).body.data.execution_id;
  const warehouse = [{ id: 'q', plugin: 'warehouse', operation: 'query' }];
  unavailable = (await rest('POST', '/v1/workflows', { body: { name: 'w', steps: warehouse } })).body.data.id;
  const config = { v: '${{ parameters.needed + (has(parameters.extra) ? parameters.extra : 1) }}' };
  reading = (await rest('POST', '/v1/workflows', { body: { name: 'reading', steps: [{ ...steps[0], config }] } })).body
    .data.id;
  await rest('POST', `/v1/workflows/executions/${execution}/stop`, { body: { reason: 'done' } });
  // Its end is told to the index of executions by itself, and must not come between two requests that are compared.
  const listed = () => rest('GET', `/v1/workflows/executions?workflow_id=${workflow}&status=stopped`);
  await vi.waitUntil(async () => (await listed()).body.data.length === 1, { timeout: 10_000 });
});

/** Per procedure: inputs that succeed and inputs that fail. */
const inputs: Record<string, () => object[]> = {
  'workflows.list': () => [{}, { tags: ['x'], limit: 5 }, { limit: 101 }, { tag: 'x' }],
  'workflows.create': () => [
    { name: 'w', steps },
    { name: '', steps: [] },
    { name: 'w', steps: [{ id: 'a', plugin: 'b', operation: 'c' }] },
    { name: 'reading', steps },
    {
      name: 'w',
      steps: [{ ...steps[0], config: { v: '${{ parameters.day }}' } }],
      schedule: { type: 'cron', expression: '@daily' },
    },
  ],
  'workflows.get': () => [{ workflow_id: workflow }, { workflow_id: 'wf_none' }],
  'workflows.execute': () => [
    { workflow_id: workflow, priority: 'low' },
    { workflow_id: workflow, priority: 'none' },
    { workflow_id: unavailable },
    { workflow_id: reading, parameters: { needed: 1, extar: 2 } },
    { workflow_id: reading, parameters: { neded: 1 } },
    { workflow_id: 'wf_none' },
  ],
  'executions.list': () => [{ workflow_id: workflow, status: 'stopped' }, { cursor: 'nonsense' }],
  'executions.get': () => [{ execution_id: execution }, { execution_id: 'exec_none' }],
  'executions.stop': () => [
    { execution_id: execution, reason: 'again' },
    { execution_id: execution, graceful: 'no' },
    { execution_id: 'exec_none' },
  ],
  'executions.logs': () => [
    { execution_id: execution, limit: 10 },
    { execution_id: execution, level: 'LOUD' },
    { execution_id: 'exec_none' },
  ],
  'executions.events': () => [
    { execution_id: execution, after_seq: 1 },
    { execution_id: execution, after_seq: -1 },
    { execution_id: 'exec_none' },
  ],
  'executions.output': () => [
    { execution_id: execution, step_id: 'a' },
    { execution_id: 'exec_none', step_id: 'a' },
  ],
  'plugins.list': () => [{}],
  'plugins.get': () => [{ name: 'core' }, { name: 'none' }],
};

/** What a second request of the same kind answers differently: new ids and times. */
const isNew = /"(id|execution_id|created_at|updated_at|execution_url|next_steps)":("[^"]*"|\[[^\]]*\])/g;
/** A key of an input is a parameter where it stands in an address. */
const stable = (value: unknown) =>
  JSON.stringify(value).replaceAll(isNew, '"$1":"…"').replaceAll('unknown query parameter', 'unknown key');

describe.each(restRoutes())('$procedure', ({ procedure, rest: { method, path }, output }) => {
  it('answers the same in REST and in tRPC', async () => {
    for (const input of inputs[procedure]?.() ?? []) {
      const viaTrpc = await call(procedure, input).then(
        (answer) => ({ ok: true, value: stable(answer) }),
        (error: unknown) => ({ ok: false, value: stable(errorOf(error)) }),
      );
      const { status, body } = await viaRest(method, path, input as Record<string, unknown>);
      const { success, ...page } = body;
      const answer = isPage(output) ? page : body.data;
      expect({ ok: success, value: stable(success ? answer : { status, error: body.error }) }).toEqual(viaTrpc);
    }
    expect(inputs[procedure]).toBeDefined();
  });
});

function errorOf(error: unknown) {
  if (!(error instanceof TRPCClientError)) throw error;
  return { status: error.data.httpStatus, error: error.data.error };
}

function viaRest(method: string, path: string, input: Record<string, unknown>) {
  const inPath = new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''));
  const others = Object.entries(input).filter(([name]) => !inPath.has(name));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(input[name]));
  const headers = { 'x-request-id': ID };
  if (method === 'POST') return rest(method, filled, { body: Object.fromEntries(others), headers });
  return rest(method, `${filled}?${new URLSearchParams(others.map(([name, value]) => [name, String(value)]))}`, {
    headers,
  });
}
