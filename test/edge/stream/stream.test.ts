import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { foldAll } from '../../../shared/domain/fold.ts';
import type { ExecutionEvent } from '../../../shared/schemas/event.ts';
import type { Execution } from '../../../shared/schemas/execution.ts';
import type { LogEntry } from '../../../shared/schemas/log.ts';
import {
  at,
  batch,
  created,
  executionObject,
  executionOf,
  newExecution,
  started,
  stepStarted,
  story,
} from '../durable/executions.ts';
import { inbox } from '../durable/sockets.ts';

type Frame = { snapshot: Execution } | ExecutionEvent[] | { log: LogEntry };

async function watch(id: string, query: Record<string, string> = {}) {
  const url = `https://execution/stream?${new URLSearchParams(query)}`;
  return inbox<Frame>(await executionOf(id).fetch(url, { headers: { Upgrade: 'websocket' } }));
}

/** Where the only viewer stands, as its socket's attachment says. */
const positionOf = (id: string) =>
  runInDurableObject(executionObject(id), (_instance, ctx) => ctx.getWebSockets()[0]?.deserializeAttachment());

const isEvents = (frame: Frame): frame is ExecutionEvent[] => Array.isArray(frame);

/** Reads frames until the event `seq`. */
async function eventsUntil(viewer: Awaited<ReturnType<typeof watch>>, seq: number): Promise<ExecutionEvent[]> {
  const events: ExecutionEvent[] = [];
  while ((events.at(-1)?.seq ?? 0) < seq) {
    const frame = await viewer.next();
    if (isEvents(frame)) events.push(...frame);
  }
  return events;
}

const seqs = (events: readonly ExecutionEvent[]) => events.map((event) => event.seq);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('the first frame', () => {
  it('is a snapshot without a cursor', async () => {
    const { id, execution } = await created();
    expect(await (await watch(id)).next()).toEqual({ snapshot: await execution.get() });
  });

  it('is what came after the cursor, also in the middle of a frame', async () => {
    const { id, execution } = await created(newExecution(3));
    await execution.ingest(batch(id, story(3)));
    const { seq = 0 } = (await execution.get()) ?? {};
    for (const after of range(0, seq - 1))
      expect(seqs(await eventsUntil(await watch(id, { after_seq: String(after) }), seq))).toEqual(
        range(after + 1, seq),
      );
  });

  it('is an empty list when nothing came after the cursor', async () => {
    const { id } = await created();
    expect(await (await watch(id, { after_seq: '1' })).next()).toEqual([]);
  });

  it('is a snapshot for a cursor from a past that is lost', async () => {
    const { id } = await created();
    expect(await (await watch(id, { after_seq: '999' })).next()).toMatchObject({ snapshot: { seq: 1 } });
  });
});

describe('frames', () => {
  it('are one per batch, and folding them gives what GET answers', async () => {
    const { id, execution } = await created(newExecution(4));
    const viewer = await watch(id);
    const first = await viewer.next();
    if (!('snapshot' in first)) throw new Error('no snapshot');
    let folded = first.snapshot;
    for (const update of story(4)) {
      await execution.ingest(batch(id, [update]));
      const frame = await viewer.next();
      if (!isEvents(frame)) throw new Error('no events');
      folded = foldAll(folded, frame);
      expect(folded).toEqual(await execution.get());
    }
    expect(folded.status).toBe('completed');
    expect(viewer.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('have no gap and no repetition for viewers that come while updates pour in', async () => {
    const steps = 20;
    const { id, execution } = await created(newExecution(steps));
    const updates = story(steps);
    const posting = (async () => {
      for (const update of updates) await execution.ingest(batch(id, [update]));
    })();
    const viewers = await Promise.all(
      range(0, 9).map(async (i) => {
        const viewer = await watch(id, i % 2 === 0 ? {} : { after_seq: '1' });
        const first = await viewer.next();
        return { viewer, first };
      }),
    );
    await posting;
    const end = await execution.get();
    for (const { viewer, first } of viewers) {
      const from = isEvents(first) ? (first.at(-1)?.seq ?? 1) : 'snapshot' in first ? first.snapshot.seq : 0;
      const rest = await eventsUntil(viewer, end?.seq ?? 0);
      expect(seqs(rest)).toEqual(range(from + 1, end?.seq ?? 0));
      if (!isEvents(first) && 'snapshot' in first) expect(foldAll(first.snapshot, rest)).toEqual(end);
    }
  });

  it('go on after an eviction, over the same connection', async () => {
    const { id, execution } = await created(newExecution(3));
    const viewer = await watch(id, { after_seq: '0' });
    const events = await eventsUntil(viewer, 1);
    for (const update of story(3)) {
      await evictDurableObject(executionObject(id));
      await execution.ingest(batch(id, [update]));
    }
    const { seq = 0 } = (await execution.get()) ?? {};
    events.push(...(await eventsUntil(viewer, seq)));
    expect(seqs(events)).toEqual(range(1, seq));
  });

  it('reach a viewer that lags, in order and once, and its place is kept in its socket', async () => {
    const { id, execution } = await created(newExecution(1));
    const text = 'x'.repeat(100_000);
    await execution.ingest(batch(id, [started(), stepStarted('s0', 2)]));
    for (let n = 1; n <= 40; n++) {
      const progress = { current_operation: `${text}${n}`, percentage: 1 };
      await execution.ingest(batch(id, [{ type: 'step_progress', step_id: 's0', try: 1, n, progress }]));
    }
    const { seq = 0 } = (await execution.get()) ?? {};
    // A socket that nobody accepted yet takes nothing.
    const response = await execution.fetch('https://execution/stream?after_seq=0', {
      headers: { Upgrade: 'websocket' },
    });
    expect(await positionOf(id)).toMatchObject({ cursor: expect.any(Number) });
    const viewer = inbox<Frame>(response);
    expect(seqs(await eventsUntil(viewer, seq))).toEqual(range(1, seq));
    expect(await positionOf(id)).toMatchObject({ cursor: null });
  });

  it('go on from the place kept in the socket when the object comes back', async () => {
    const { id, execution } = await created(newExecution(3));
    await execution.ingest(batch(id, story(3)));
    const { seq = 0 } = (await execution.get()) ?? {};
    const viewer = await watch(id);
    await viewer.next();
    await runInDurableObject(executionObject(id), (_instance, ctx) => {
      ctx.getWebSockets()[0]?.serializeAttachment({ cursor: 1, logs: false });
    });
    await evictDurableObject(executionObject(id));
    await execution.get();
    expect(seqs(await eventsUntil(viewer, seq))).toEqual(range(2, seq));
  });

  it('resume by cursor after the connection was lost with the object', async () => {
    const { id, execution } = await created(newExecution(3));
    const viewer = await watch(id, { after_seq: '0' });
    await execution.ingest(batch(id, [started(), stepStarted('s0', 2)]));
    const seen = await eventsUntil(viewer, 2);
    await evictDurableObject(executionObject(id), { webSockets: 'close' });
    await execution.ingest(batch(id, story(3)));
    const { seq = 0 } = (await execution.get()) ?? {};
    const last = seen.at(-1)?.seq ?? 0;
    expect(seqs(await eventsUntil(await watch(id, { after_seq: String(last) }), seq))).toEqual(range(last + 1, seq));
  });
});

describe('log entries', () => {
  const log = (n: number) => ({
    source: 's0/1',
    n,
    timestamp: at(n),
    level: 'INFO' as const,
    step_id: 's0',
    plugin: 'core',
    message: `message ${n}`,
    metadata: {},
  });

  it('come only to viewers that asked for them, each once', async () => {
    const { id, execution } = await created();
    const plain = await watch(id);
    const viewer = await watch(id, { logs: 'true' });
    await viewer.next();
    await plain.next();
    await execution.ingest(batch(id, [], { logs: [log(1)] }));
    await execution.ingest(batch(id, [started()], { logs: [log(1), log(2)] }));
    const page = await execution.logs({});
    if (page === null || page === 'bad_cursor') throw new Error('no page');
    const frames = [await viewer.next(), await viewer.next(), await viewer.next()];
    expect(frames.filter((frame) => 'log' in frame)).toEqual(page.logs.map((entry) => ({ log: entry })));
    expect(isEvents(await plain.next())).toBe(true);
    expect(plain.waiting()).toEqual([]);
  });

  it('go on after an eviction', async () => {
    const { id, execution } = await created();
    const viewer = await watch(id, { logs: 'true' });
    await viewer.next();
    await evictDurableObject(executionObject(id));
    await execution.ingest(batch(id, [], { logs: [log(1)] }));
    expect(await viewer.next()).toMatchObject({ log: { message: 'message 1' } });
  });
});

describe('server-sent events', () => {
  /** Reads messages until the stream has answered `count` of them. */
  async function read(id: string, query: Record<string, string>, count: number, act: () => Promise<unknown>) {
    const response = await executionOf(id).fetch(`https://execution/stream?${new URLSearchParams(query)}`);
    expect(response.headers.get('Content-Type')).toBe('text/event-stream');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    await act();
    while (text.split('\n\n').length <= count) text += (await reader?.read())?.value ?? '';
    await reader?.cancel();
    return text
      .split('\n\n')
      .slice(0, count)
      .map((message) => Object.fromEntries(message.split('\n').map((line) => line.split(/: (.*)/s))));
  }

  it('carry the same frames, with the newest seq as id', async () => {
    const { id, execution } = await created();
    const [first, second] = await read(id, {}, 2, () => execution.ingest(batch(id, [started()])));
    expect(first).toMatchObject({ event: 'snapshot', id: '1' });
    expect(second).toMatchObject({ event: 'events', id: '2' });
    expect(JSON.parse(second?.data ?? '')).toEqual((await execution.events(1, 10))?.events);
  });

  it('resume after a cursor', async () => {
    const { id, execution } = await created();
    await execution.ingest(batch(id, story(2)));
    const { seq } = (await execution.get()) ?? {};
    const [first, second] = await read(id, { after_seq: '1' }, 1, async () => undefined);
    expect(first).toMatchObject({ event: 'events', id: String(seq) });
    expect(second).toBeUndefined();
  });
});
