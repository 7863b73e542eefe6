import { afterEach, beforeEach, expect, it } from 'vitest';
import { createEdgeClient, type EdgeClient } from '../../../worker-node/dispatch/edge-client.ts';
import { type EdgeServer, KEY, startEdgeServer } from './edge-server.ts';

let edge: EdgeServer;
let client: EdgeClient;

beforeEach(async () => {
  edge = await startEdgeServer();
  client = createEdgeClient({ url: edge.url, key: KEY, timeoutMs: 300 });
});

afterEach(async () => {
  await client.close();
  await edge.close();
});

const announcement = {
  worker_id: 'w1',
  pool: 'default',
  plugins: [],
  capacity: {},
  temporal: { address: '127.0.0.1:7233', namespace: 'default', ui_url: null },
};

it('announces and learns the number of shards', async () => {
  edge.reply = () => ({ body: { shards: 4 } });
  expect(await client.announce(announcement)).toEqual({ shards: 4 });
  expect(edge.calls).toEqual([{ call: 'POST /internal/workers', body: announcement }]);
});

it('stores and reads an output under its address', async () => {
  const ref = { $ref: 'output://exec_a/1/my step/2', size: 7, sha256: 'ab' };
  edge.reply = (call) => ({ body: call.startsWith('PUT') ? ref : { rows: 1 } });
  const address = { executionId: 'exec_a', attempt: 1, stepId: 'my step', try: 2 };
  expect(await client.putOutput(address, '{"rows":1}')).toEqual(ref);
  expect(await client.getOutput(ref)).toEqual({ rows: 1 });
  expect(edge.calls).toEqual([
    { call: 'PUT /internal/outputs/exec_a/1/my%20step/2', body: { rows: 1 } },
    { call: 'GET /internal/outputs?ref=output%3A%2F%2Fexec_a%2F1%2Fmy%20step%2F2', body: undefined },
  ]);
});

it('stores and reads a page that a run hands to the next', async () => {
  const address = { executionId: 'exec_a', attempt: 1, run: 2, page: 'ab' };
  edge.reply = (call) => ({ body: call.startsWith('PUT') ? {} : [{ tries: 1 }] });
  await client.putChainPage(address, '[{"tries":1}]');
  expect(await client.getChainPage(address)).toEqual([{ tries: 1 }]);
  expect(edge.calls).toEqual([
    { call: 'PUT /internal/chains/exec_a/1/2/ab', body: [{ tries: 1 }] },
    { call: 'GET /internal/chains/exec_a/1/2/ab', body: undefined },
  ]);
});

it('keeps the path of a base URL', async () => {
  const behind = createEdgeClient({ url: `${edge.url}/platform/`, key: KEY });
  await behind.postLiving({ worker_id: 'w1', engine: 'up', executions: [] });
  await behind.close();
  expect(edge.calls[0]?.call).toBe('POST /platform/internal/living');
});

it("passes on the edge's own error", async () => {
  const error = { code: 'EXECUTION_NOT_FOUND', message: 'no such execution' };
  edge.reply = () => ({ status: 404, body: { success: false, error } });
  await expect(client.getPlan('exec_a', 1)).rejects.toMatchObject({ code: 'EXECUTION_NOT_FOUND', status: 404 });
});

it.each([
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [429, 'RATE_LIMITED'],
  [413, 'PAYLOAD_TOO_LARGE'],
  [400, 'VALIDATION_ERROR'],
])('reads %i of a proxy as %s', async (status, code) => {
  edge.reply = () => ({ status, body: 'a page' });
  await expect(client.announce(announcement)).rejects.toMatchObject({ code });
});

it('names the key that the edge does not know', async () => {
  const stranger = createEdgeClient({ url: edge.url, key: 'wf_other' });
  await expect(stranger.announce(announcement)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await stranger.close();
});

it('calls a silent edge and an absent edge unavailable', async () => {
  edge.fault = () => 'silence';
  await expect(client.postUpdates('{"worker_id":"w1","batches":[]}')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const absent = createEdgeClient({ url: 'http://127.0.0.1:1', key: KEY });
  await expect(absent.announce(announcement)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await absent.close();
});
