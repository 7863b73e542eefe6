import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import type { ExecutionEvent } from '../../../shared/schemas/event.ts';
import type { Execution } from '../../../shared/schemas/execution.ts';
import { newKey } from '../api/client.ts';
import { batch, created, executionObject, executionOf, started } from '../durable/executions.ts';
import { inbox } from '../durable/sockets.ts';
import { refusal, request } from './api.ts';

let reader: string;
let worker: string;
beforeAll(async () => {
  reader = await newKey(['read']);
  worker = await newKey(['worker']);
});

const pathOf = (id: string, query = '') => `/v1/workflows/executions/${id}/stream${query}`;
const UPGRADE = { headers: { Upgrade: 'websocket' } };

describe('GET …/stream', () => {
  it('opens a WebSocket that starts with a snapshot and goes on with events', async () => {
    const { id, execution } = await created();
    const viewer = inbox<{ snapshot: Execution } | ExecutionEvent[]>(await request(pathOf(id), reader, UPGRADE));
    expect(await viewer.next()).toEqual({ snapshot: await execution.get() });
    await execution.ingest(batch(id, [started()]));
    expect(await viewer.next()).toEqual((await execution.events(1, 10))?.events);
  });

  it('answers ping by pong without waking up', async () => {
    const { id } = await created();
    const { socket } = inbox(await request(pathOf(id), reader, UPGRADE));
    const pong = new Promise((resolve) => {
      socket.addEventListener('message', ({ data }) => data === 'pong' && resolve(data));
    });
    socket.send('ping');
    expect(await pong).toBe('pong');
  });

  it('is served under the alias of the base URL', async () => {
    const { id } = await created();
    const response = await request(`/v1/workflows${pathOf(id).slice('/v1'.length)}?after_seq=1`, reader, UPGRADE);
    expect(await inbox(response).next()).toEqual([]);
  });

  it('takes the key of a browser from the subprotocols, and answers wf.v1 alone', async () => {
    const { id } = await created();
    const response = await request(pathOf(id), null, {
      headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `wf.v1, wf.bearer.${reader}` },
    });
    expect(response.headers.get('Sec-WebSocket-Protocol')).toBe('wf.v1');
    expect(await inbox(response).next()).toHaveProperty('snapshot');
  });

  it('answers server-sent events to those that accept them, after Last-Event-ID', async () => {
    const { id } = await created();
    const response = await request(pathOf(id), reader, {
      headers: { Accept: 'text/event-stream', 'Last-Event-ID': '0' },
    });
    expect(response.headers.get('Content-Type')).toBe('text/event-stream');
    const { value } = (await response.body?.pipeThrough(new TextDecoderStream()).getReader().read()) ?? {};
    expect(value).toMatch(/^event: events\nid: 1\ndata: \[\{"seq":1,/);
  });

  it('takes an empty Last-Event-ID, as the parts of a snapshot have it, for none', async () => {
    const { id } = await created();
    const headers = { Accept: 'text/event-stream', 'Last-Event-ID': '' };
    const response = await request(pathOf(id), reader, { headers });
    const { value } = (await response.body?.pipeThrough(new TextDecoderStream()).getReader().read()) ?? {};
    expect(value).toMatch(/^event: snapshot\n/);
  });

  it('says what to do to a request that is neither', async () => {
    const { id } = await created();
    const response = await request(pathOf(id), reader);
    expect(response.headers.get('Upgrade')).toBe('websocket');
    expect(response.status).toBe(426);
    expect(await response.json()).toMatchObject({
      error: { code: 'UPGRADE_REQUIRED', message: expect.stringMatching(/Upgrade: websocket.*text\/event-stream/) },
    });
  });

  it.each(['-1', '1.5', 'x', '', '9'.repeat(16)])('refuses after_seq=%s', async (afterSeq) => {
    const { id } = await created();
    const response = await request(pathOf(id, `?after_seq=${afterSeq}`), reader, UPGRADE);
    expect(await refusal(response)).toEqual({ status: 400, code: 'VALIDATION_ERROR' });
  });

  it.each([
    ['afterseq=5', 'afterseq', /did you mean "after_seq"/],
    ['after_seq=1&after_seq=2', 'after_seq', /more than once/],
    ['logs=true&logs=false', 'logs', /more than once/],
    ['logs=1', 'logs', /^must be true or false$/],
  ])('refuses ?%s', async (query, path, message) => {
    const { id } = await created();
    const response = await request(pathOf(id, `?${query}`), reader, UPGRADE);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { details: [{ path, message: expect.stringMatching(message) }] },
    });
  });

  it.each(['x', '-1', '1.5'])('refuses "%s" as the Last-Event-ID', async (last) => {
    const { id } = await created();
    const headers = { Accept: 'text/event-stream', 'Last-Event-ID': last };
    const response = await request(pathOf(id), reader, { headers });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { details: [{ path: 'Last-Event-ID' }] } });
  });

  it.each(['exec_unknown', 'nonsense', '..%2Fdefault'])('does not know %s', async (id) => {
    const response = await request(pathOf(id), reader, UPGRADE);
    expect(await refusal(response)).toEqual({ status: 404, code: 'EXECUTION_NOT_FOUND' });
  });

  it('asks for a key, one that may read', async () => {
    const { id } = await created();
    expect(await refusal(await request(pathOf(id), null, UPGRADE))).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    expect(await refusal(await request(pathOf(id), worker, UPGRADE))).toEqual({ status: 403, code: 'FORBIDDEN' });
  });

  it(`takes ${LIMITS.viewers} viewers, and no more`, async () => {
    const { id } = await created();
    const open = () => executionOf(id).fetch('https://execution/stream', UPGRADE);
    for (let i = 0; i < LIMITS.viewers; i++) (await open()).webSocket?.accept();
    const response = await request(pathOf(id), reader, UPGRADE);
    expect(response.headers.get('Retry-After')).toBe('30');
    expect(await refusal(response)).toEqual({ status: 429, code: 'RATE_LIMITED' });
  }, 30_000);

  it('does not count viewers whose connection is closing', async () => {
    const { id } = await created();
    // They are held, but not accepted: nobody answers the closing.
    const held: Response[] = [];
    while (held.length < LIMITS.viewers) held.push(await executionOf(id).fetch('https://execution/stream', UPGRADE));
    await runInDurableObject(executionObject(id), (_instance, ctx) => ctx.getWebSockets()[0]?.close(1000, 'gone'));
    expect(await inbox(await request(pathOf(id), reader, UPGRADE)).next()).toHaveProperty('snapshot');
    expect(await refusal(await request(pathOf(id), reader, UPGRADE))).toMatchObject({ status: 429 });
    expect(held).toHaveLength(LIMITS.viewers);
  }, 30_000);
});
