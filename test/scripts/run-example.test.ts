import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createProgress } from '../../scripts/demo/progress.ts';
import { runExample } from '../../scripts/demo/run-example.ts';

/** An API that loses every connection once before it answers, and then refuses executions. */
async function startApi() {
  const keys: Record<string, unknown[]> = {};
  const server = createServer((request, response) => {
    const operation = request.url?.split('?')[0]?.split('/').at(-1) ?? '';
    const seen = [...(keys[operation] ?? []), request.headers['idempotency-key']];
    keys[operation] = seen;
    if (seen.length === 1) return request.socket.destroy();
    const refusal = { code: 'CONFLICT', message: 'the workflow is paused' };
    const answer =
      operation === 'workflows.create'
        ? { result: { data: { id: 'wf_1', name: 'example' } } }
        : { error: { message: refusal.message, code: -32_009, data: { error: refusal } } };
    response.writeHead('error' in answer ? 409 : 200, { 'Content-Type': 'application/json' });
    return response.end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { keys, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it('asks again with the same key when an answer is lost, and no more once it is refused', async () => {
  const { keys, url } = await startApi();
  const example = { example: 'churn', definition: { name: 'example', steps: [] }, parameters: {}, json: false };
  const watcher = {
    progress: createProgress(process.stderr),
    signal: new AbortController().signal,
    onStarted: () => undefined,
  };
  await expect(runExample({ url, api_key: 'wf_key' }, example, watcher)).rejects.toThrow('the workflow is paused');
  const { 'workflows.create': creations = [], 'workflows.execute': starts = [] } = keys;
  expect([creations.length, starts.length]).toEqual([2, 2]);
  expect(new Set(creations).size).toBe(1);
  expect(new Set(starts).size).toBe(1);
  expect(creations[0]).not.toBe(starts[0]);
});
