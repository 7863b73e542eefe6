import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { expect, inject, it } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import { ended, start } from './api.ts';

const { url, api_key } = inject('stack');

/** A viewer by server-sent events, on a connection of its own, once it was answered. */
function view(id: string): Promise<{ request: ClientRequest; answer: IncomingMessage }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ request: ClientRequest; answer: IncomingMessage }>();
  const headers = { authorization: `Bearer ${api_key}`, accept: 'text/event-stream' };
  const request = get(`${url}/v1/workflows/executions/${id}/stream`, { agent: false, headers }, (answer) => {
    // An answer that is cut off by its own reader is none to report.
    answer.on('error', () => answer.destroy());
    resolve({ request, answer });
  });
  request.on('error', reject);
  return promise;
}

it('makes room for a viewer when those that filled an execution have left without a word', async () => {
  const { execution_id } = await start([{ id: 'a', plugin: 'core', operation: 'echo' }]);
  await ended(execution_id);
  const viewers = [];
  for (let i = 0; i < LIMITS.viewers; i += 50)
    viewers.push(...(await Promise.all(Array.from({ length: 50 }, () => view(execution_id)))));
  const refused = await view(execution_id);
  expect(refused.answer.statusCode).toBe(429);
  refused.request.destroy();
  const staying = viewers.splice(0, 10);
  for (const { request } of viewers) request.destroy();
  const { request, answer } = await view(execution_id);
  expect(answer.statusCode).toBe(200);
  for (const stayed of staying) expect(stayed.answer.destroyed).toBe(false);
  for (const viewer of [{ request }, ...staying]) viewer.request.destroy();
});
