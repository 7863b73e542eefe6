import { describe, expect, it } from 'vitest';
import { createSseViewers } from '../../../edge/durable/execution/sse-viewers.ts';

const COMMENT = ':\n\n';
const BEAT_MS = 20_000;

/** Viewers on a clock that is stepped. */
function world() {
  let due: { run: () => void; ms: number }[] = [];
  const viewers = createSseViewers((run, ms) => due.push({ run, ms }));
  return {
    viewers,
    /** Runs what was scheduled for a time up to `ms` ahead; answers how much that was. */
    pass(ms: number) {
      const now = due.filter((timer) => timer.ms <= ms);
      due = due.filter((timer) => timer.ms > ms);
      for (const { run } of now) run();
      return now.length;
    },
    join() {
      const { viewer, response } = viewers.accept(false);
      if (!response.body) throw new Error('no body');
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      return { viewer, reader, next: async () => (await reader.read()).value };
    },
    /** A viewer whose connection takes nothing, and whose runtime never says so. */
    joinDeaf() {
      const { viewer, response } = viewers.accept(false);
      return { viewer, response };
    },
  };
}

describe('viewers by server-sent events', () => {
  it('are sent a comment now and then, as long as there are any', async () => {
    const { pass, join } = world();
    const [first, second] = [join(), join()];
    for (let beat = 0; beat < 3; beat++) {
      expect(pass(BEAT_MS)).toBe(1);
      expect([await first.next(), await second.next()]).toEqual([COMMENT, COMMENT]);
    }
    await first.reader.cancel();
    expect(pass(BEAT_MS)).toBe(1);
    expect(await second.next()).toBe(COMMENT);
    await second.reader.cancel();
    expect(pass(BEAT_MS)).toBe(1);
    expect(pass(BEAT_MS)).toBe(0);
    const late = join();
    expect(pass(BEAT_MS)).toBe(1);
    expect(await late.next()).toBe(COMMENT);
  });

  it('are cut when they have taken nothing from one comment to the next', async () => {
    const { viewers, pass, join, joinDeaf } = world();
    const living = join();
    const { viewer } = joinDeaf();
    pass(BEAT_MS);
    expect(viewer.buffered()).toBe(COMMENT.length);
    expect(await living.next()).toBe(COMMENT);
    expect(viewers.count()).toBe(2);
    pass(BEAT_MS);
    expect(await living.next()).toBe(COMMENT);
    expect([...viewers.list()]).toEqual([living.viewer]);
  });

  it('are let be when they are slow, and get no comment on top', async () => {
    const { viewers, pass, joinDeaf } = world();
    const { viewer, response } = joinDeaf();
    const reader = response.body?.getReader();
    const sizes: number[] = [];
    for (const text of ['one', 'two', 'three']) viewer.send({ kind: 'log', text });
    for (let beat = 0; beat < 3; beat++) {
      pass(BEAT_MS);
      sizes.push(viewer.buffered());
      await reader?.read();
    }
    expect(sizes.every((size, i) => i === 0 || size < (sizes[i - 1] ?? 0))).toBe(true);
    expect(viewers.count()).toBe(1);
    pass(BEAT_MS);
    expect(viewer.buffered()).toBe(COMMENT.length);
  });

  it('are asked at once by a probe, which is one for all that wait for it', async () => {
    const { viewers, pass, join, joinDeaf } = world();
    const living = join();
    const deaf = joinDeaf();
    const probes = Promise.all([viewers.probe(), viewers.probe()]);
    expect(await living.next()).toBe(COMMENT);
    expect(deaf.viewer.buffered()).toBe(COMMENT.length);
    expect(pass(BEAT_MS - 1)).toBe(1);
    await probes;
    // Slowness is not judged by a probe: it may come right after another.
    expect(viewers.count()).toBe(2);
    const again = viewers.probe();
    expect(await living.next()).toBe(COMMENT);
    pass(BEAT_MS - 1);
    await again;
    expect(viewers.count()).toBe(2);
  });

  it('need no probe when there are none', async () => {
    const { viewers, pass } = world();
    await viewers.probe();
    expect(pass(BEAT_MS)).toBe(0);
  });
});
