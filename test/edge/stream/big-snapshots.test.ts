import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { snapshotFrames } from '../../../edge/durable/execution/snapshot-frames.ts';
import { foldAll } from '../../../shared/domain/fold.ts';
import { createSnapshotJoiner } from '../../../shared/domain/join-snapshot.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { StreamFrame } from '../../../shared/schemas/event.ts';
import type { Execution } from '../../../shared/schemas/execution.ts';
import type { StepResult, Update } from '../../../shared/schemas/update.ts';
import {
  batch,
  completed,
  created,
  executionObject,
  executionOf,
  newExecution,
  result,
  started,
} from '../durable/executions.ts';

const bytes = (text: string) => new TextEncoder().encode(text).length;

/** The texts of a viewer's messages, by WebSocket. */
async function watch(id: string, query = '') {
  const { webSocket } = await executionOf(id).fetch(`https://execution/stream${query}`, {
    headers: { Upgrade: 'websocket' },
  });
  if (!webSocket) throw new Error('no WebSocket');
  const texts: string[] = [];
  let wake: () => void = () => undefined;
  webSocket.addEventListener('message', ({ data }) => {
    texts.push(String(data));
    wake();
  });
  webSocket.accept();
  return {
    texts,
    /** The execution as the frames tell it, once it has this seq; `onFrame` sees each state. */
    async at(seq: number, onState: (state: Execution) => void = () => undefined): Promise<Execution> {
      const join = createSnapshotJoiner();
      let state: Execution | null = null;
      for (let read = 0; state === null || state.seq < seq; read++) {
        while (texts.length <= read)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        const frame = join(JSON.parse(texts[read] ?? '') as StreamFrame);
        if (frame === null || 'log' in frame) continue;
        if ('snapshot' in frame) state = frame.snapshot;
        else if (state !== null) state = foldAll(state, frame);
        if (state !== null) onState(state);
      }
      return state;
    },
  };
}

const failure = (text: string) => ({ code: 'BOOM', message: text, retryable: false, details: { text } });
const failed = (step_id: string, text: string): StepResult => ({
  ...completed(step_id, 2, 3),
  status: 'failed',
  output: null,
  error: failure(text),
});

const ids = (count: number) => Array.from({ length: count }, (_, i) => `s${i}`);

describe.each<[string, number, (id: string, i: number) => StepResult]>([
  ['many steps', 3_000, (id) => completed(id, 2, 3)],
  ['steps that failed with long messages', 300, (id) => failed(id, 'x'.repeat(4_000))],
  ['texts of characters of three bytes', 200, (id) => failed(id, '語'.repeat(2_000))],
  ['characters that JSON escapes', 100, (id) => failed(id, '\u0001'.repeat(3_000))],
  [
    'many artifacts',
    40,
    (id) => ({
      ...completed(id, 2, 3),
      artifacts: Array.from({ length: 100 }, (_, n) => `artifact://exec_1/${id}/${'f'.repeat(200)}${n}`),
      artifact_count: 900,
    }),
  ],
])('an execution with %s', (_, count, end) => {
  it('is told in frames of at most 512 KiB, as a snapshot and as events, and both give what GET answers', async () => {
    const { id, execution } = await created(newExecution(count));
    const live = await watch(id);
    await execution.ingest(batch(id, [started()]));
    const results = ids(count).map(end);
    await execution.ingest(batch(id, [result(results)]));
    const now = (await execution.get()) as Execution;
    const states: Execution[] = [];
    expect(await live.at(now.seq, (state) => states.push(state))).toEqual(now);
    // Each frame leaves a state that is right in itself, and none but the last has ended.
    for (const state of states) {
      const done = state.step_details.filter(({ status }) => status === 'completed').length;
      expect(state.progress.completed_steps).toBe(done);
    }
    expect(states.filter(({ status }) => status === 'completed')).toHaveLength(1);
    const late = await watch(id);
    expect(await late.at(now.seq)).toEqual(now);
    expect(late.texts.length).toBeGreaterThan(1);
    expect(JSON.parse(late.texts[0] ?? '')).toMatchObject({ steps_total: count, snapshot: { seq: now.seq } });
    expect(JSON.parse(late.texts[0] ?? '').snapshot).not.toHaveProperty('step_details');
    for (const text of [...live.texts, ...late.texts]) expect(bytes(text)).toBeLessThanOrEqual(LIMITS.frameBytes);
  });
});

describe('a snapshot', () => {
  it('that fits is one frame', async () => {
    const { id, execution } = await created(newExecution(3));
    const viewer = await watch(id);
    const now = (await execution.get()) as Execution;
    expect(await viewer.at(now.seq)).toEqual(now);
    expect(viewer.texts).toEqual([JSON.stringify({ snapshot: now })]);
  });

  it('comes whole before the events that happen meanwhile', async () => {
    const { id, execution } = await created(newExecution(400));
    const long = 'x'.repeat(4_000);
    const tell = (from: number, to: number) =>
      ids(400)
        .slice(from, to)
        .map((step_id): Update => ({ type: 'step_ended', result: failed(step_id, long) }));
    await execution.ingest(batch(id, [started(), ...tell(0, 390)]));
    // A socket that nobody has accepted takes nothing yet.
    const response = await executionOf(id).fetch('https://execution/stream', { headers: { Upgrade: 'websocket' } });
    for (let i = 390; i < 400; i++) await execution.ingest(batch(id, tell(i, i + 1)));
    const now = (await execution.get()) as Execution;
    const kinds: string[] = [];
    const join = createSnapshotJoiner();
    let state: Execution | null = null;
    await new Promise<void>((resolve) => {
      response.webSocket?.addEventListener('message', ({ data }) => {
        const frame = JSON.parse(String(data)) as StreamFrame;
        kinds.push(Array.isArray(frame) ? 'events' : (Object.keys(frame)[0] ?? ''));
        const whole = join(frame);
        if (whole !== null && 'snapshot' in whole) state = whole.snapshot;
        else if (whole !== null && Array.isArray(whole) && state !== null) state = foldAll(state, whole);
        if (state?.seq === now.seq) resolve();
      });
      response.webSocket?.accept();
    });
    expect(state).toEqual(now);
    expect(kinds.lastIndexOf('snapshot_steps')).toBeLessThan(kinds.indexOf('events'));
  });

  it('has the largest header that there can be in one frame', () => {
    const header = {
      parameters: { text: 'x'.repeat(LIMITS.parametersBytes - 12) },
      artifacts: Array.from({ length: LIMITS.artifactsListed }, () => 'a'.repeat(LIMITS.artifactUriBytes)),
      current_steps: ['x'.repeat(LIMITS.currentStepsBytes - 4)],
      reason: '語'.repeat(1_000),
    };
    const step = { id: 's0', error: 'x'.repeat(100_000) };
    const execution = { ...header, step_details: [step, step] } as unknown as Execution;
    const frames = [...snapshotFrames(execution)].map(({ text }) => text);
    for (const text of frames) expect(bytes(text)).toBeLessThanOrEqual(LIMITS.frameBytes);
    expect(JSON.parse(frames[0] ?? '')).toMatchObject({ steps_total: 2 });
  });
});

describe('a snapshot that was not sent whole', () => {
  async function large() {
    const { id, execution } = await created(newExecution(400));
    const results = ids(400).map((step) => failed(step, 'x'.repeat(4_000)));
    await execution.ingest(batch(id, [started(), result(results)]));
    return { id, now: (await execution.get()) as Execution };
  }

  it('comes whole to the viewer that is back after its connection and the object were lost', async () => {
    const { id, now } = await large();
    // So large that a viewer is sent the first parts alone until it reads.
    const { webSocket } = await executionOf(id).fetch('https://execution/stream', {
      headers: { Upgrade: 'websocket' },
    });
    const first = new Promise((resolve) => webSocket?.addEventListener('message', ({ data }) => resolve(data)));
    webSocket?.accept();
    expect(JSON.parse(String(await first))).toMatchObject({ steps_total: 400 });
    webSocket?.close();
    await evictDurableObject(executionObject(id), { webSockets: 'close' });
    const again = await watch(id);
    expect(await again.at(now.seq)).toEqual(now);
    expect(JSON.parse(again.texts[0] ?? '')).toMatchObject({ steps_total: 400 });
  });

  it('begins anew over a connection that outlives the object', async () => {
    const { id, now } = await large();
    const viewer = await watch(id);
    await viewer.at(now.seq);
    const sent = viewer.texts.length;
    // As if the object had gone in the middle.
    await runInDurableObject(executionObject(id), (_instance, ctx) => {
      ctx.getWebSockets()[0]?.serializeAttachment({ cursor: 'snapshot', logs: false });
    });
    await evictDurableObject(executionObject(id));
    await executionOf(id).get();
    viewer.texts.splice(0, sent);
    expect(await viewer.at(now.seq)).toEqual(now);
  });
});

describe('server-sent events', () => {
  it('carry an id only once the snapshot is whole', async () => {
    const { id, execution } = await created(newExecution(3_000));
    await execution.ingest(batch(id, [started(), result(ids(3_000).map((step) => completed(step, 2, 3)))]));
    const response = await executionOf(id).fetch('https://execution/stream');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const { seq } = (await execution.get()) as Execution;
    while (!text.includes(`id: ${seq}\n`)) text += (await reader?.read())?.value ?? '';
    await reader?.cancel();
    const heads = text
      .split('\n\n')
      .filter((message) => message !== '')
      .map((message) => message.split('\n').slice(0, 2));
    expect(heads[0]).toEqual(['event: snapshot', 'id: ']);
    expect(heads.slice(1, -1).every(([, line]) => line === 'id: ')).toBe(true);
    expect(heads.at(-1)).toEqual(['event: snapshot_steps', `id: ${seq}`]);
  });
});
