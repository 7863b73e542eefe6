import { describe, expect, it } from 'vitest';
import type { Frame } from '../../../edge/durable/execution/frames.ts';
import type { SnapshotFrame } from '../../../edge/durable/execution/snapshot-frames.ts';
import {
  createViewers,
  type Viewer,
  type ViewerMessage,
  type ViewerPosition,
} from '../../../edge/durable/execution/viewers.ts';

const KIB = 'x'.repeat(1024);

/** A store of frames of one event of `size` KiB each, viewers whose reading is controlled, and a clock that is stepped. */
function world({ parts = 1, kib = 0 } = {}) {
  const frames: Frame[] = [];
  const snapshot = (): SnapshotFrame[] =>
    Array.from({ length: parts }, (_, i) => ({
      kind: i === 0 ? 'snapshot' : 'snapshot_steps',
      last: i === parts - 1,
      text: `part ${i} at ${frames.length}`.padEnd(kib * 1024),
    }));
  const open = new Set<TestViewer>();
  const due: (() => void)[] = [];
  const viewers = createViewers(
    {
      list: () => open,
      frameAfter: (seq) => frames[seq] ?? null,
      newestSeq: () => frames.length,
      snapshot: () => snapshot().values(),
    },
    (run) => due.push(run),
  );
  return {
    viewers,
    emit(kib = 1) {
      const seq = frames.length + 1;
      const frame = { first_seq: seq, last_seq: seq, text: KIB.repeat(kib) };
      frames.push(frame);
      viewers.broadcast(frame);
    },
    join(afterSeq: number | null, { reading = true, logs = false } = {}) {
      const viewer = new TestViewer(reading, logs, () => open.delete(viewer));
      open.add(viewer);
      viewers.welcome(viewer, afterSeq);
      return viewer;
    },
    /** Runs what was scheduled; false when nothing was. */
    tick: () => due.splice(0).map((run) => run()).length > 0,
  };
}

class TestViewer implements Viewer {
  readonly received: ViewerMessage[] = [];
  position: ViewerPosition;
  reading: boolean;
  closed: number | null = null;
  /** Whether its connection is broken without anybody having been told. */
  broken = false;
  readonly #leave: () => void;

  constructor(reading: boolean, logs: boolean, leave: () => void) {
    this.reading = reading;
    this.position = { cursor: null, logs };
    this.#leave = leave;
  }

  savePosition() {
    // What survives an eviction is tested with real sockets.
  }
  send(message: ViewerMessage) {
    if (this.broken) throw new Error('the connection is broken');
    this.received.push(message);
  }
  buffered() {
    return this.reading ? 0 : this.received.reduce((sum, message) => sum + message.text.length, 0);
  }
  close(code: number) {
    this.closed = code;
    this.#leave();
    if (this.broken) throw new Error('the connection is broken');
  }
  seqs() {
    return this.received.map((message) => ('seq' in message ? message.seq : null));
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a viewer that does not read', () => {
  it('is sent a bounded amount, then cut with 4408', () => {
    const { viewers: _, emit, join, tick } = world();
    const viewer = join(0, { reading: false });
    for (let i = 0; i < 5_000; i++) emit(10);
    expect(viewer.buffered()).toBeLessThan(1.1 * 1024 * 1024);
    let ticks = 0;
    while (tick()) ticks += 1;
    expect(viewer.closed).toBe(4408);
    expect(ticks).toBeGreaterThanOrEqual(100);
  });

  it('holds up no other', () => {
    const { emit, join } = world();
    join(0, { reading: false });
    const other = join(0);
    for (let i = 0; i < 500; i++) emit(10);
    expect(other.seqs().slice(1)).toEqual(range(1, 500));
  });

  it('gets all it has missed, in order and once, when it reads again in time', () => {
    const { emit, join, tick } = world();
    const viewer = join(null, { reading: false });
    for (let i = 0; i < 500; i++) emit(10);
    expect(viewer.received.length).toBeLessThan(200);
    tick();
    viewer.reading = true;
    emit(10);
    while (tick());
    emit(10);
    expect(viewer.closed).toBeNull();
    expect(viewer.seqs()).toEqual([0, ...range(1, 502)]);
  });
});

describe('a viewer whose connection fails', () => {
  it('is cut, and the others get every frame and log entry', () => {
    const { viewers, emit, join } = world();
    const before = join(null, { logs: true });
    const ofEvents = join(null);
    const ofLogs = join(null, { logs: true });
    const after = join(null, { logs: true });
    ofLogs.broken = true;
    viewers.broadcastLogs(['{"log":1}']);
    ofEvents.broken = true;
    emit();
    expect([ofEvents.closed, ofLogs.closed]).toEqual([4500, 4500]);
    for (const viewer of [before, after]) {
      expect(viewer.closed).toBeNull();
      expect(viewer.received.map(({ kind }) => kind)).toEqual(['snapshot', 'log', 'events']);
    }
  });

  it('holds up no other that lags', () => {
    const { emit, join, tick } = world();
    const broken = join(null, { reading: false });
    const other = join(null, { reading: false });
    for (let i = 0; i < 200; i++) emit(10);
    broken.reading = true;
    broken.broken = true;
    other.reading = true;
    tick();
    expect(broken.closed).toBe(4500);
    expect(other.seqs()).toEqual([0, ...range(1, 200)]);
  });
});

describe('a viewer far behind', () => {
  it('is sent what it has missed in portions, before what is new', () => {
    const { emit, join, tick } = world();
    for (let i = 0; i < 300; i++) emit(10);
    const viewer = join(0, { reading: false });
    expect(viewer.received.length).toBeLessThan(120);
    emit(10);
    expect(viewer.received.length).toBeLessThan(120);
    viewer.reading = true;
    while (tick());
    expect(viewer.seqs()).toEqual(range(1, 301));
  });
});

describe('a burst larger than the limit', () => {
  it('does not cut a viewer that reads', () => {
    const { emit, join, tick } = world();
    const viewer = join(null, { reading: false });
    emit(5_000);
    emit(1);
    viewer.reading = true;
    while (tick());
    expect(viewer.closed).toBeNull();
    expect(viewer.seqs()).toEqual([0, 1, 2]);
  });
});

describe('a snapshot in parts', () => {
  const kinds = (viewer: TestViewer) => viewer.received.map(({ kind }) => kind);
  const whole = ['snapshot', ...Array(9).fill('snapshot_steps')];

  it('is sent at once to a viewer that reads, and says its seq with the last part', () => {
    const { emit, join } = world({ parts: 10, kib: 400 });
    emit();
    const viewer = join(null);
    emit();
    expect(kinds(viewer)).toEqual([...whole, 'events']);
    expect(viewer.seqs()).toEqual([...Array(9).fill(null), 1, 2]);
  });

  it('goes on when the viewer reads again, as it was when it began, and what came meanwhile follows', () => {
    const { viewers, emit, join, tick } = world({ parts: 10, kib: 400 });
    const viewer = join(null, { reading: false, logs: true });
    expect(kinds(viewer)).toEqual(whole.slice(0, 3));
    expect(viewer.position.cursor).toBe('snapshot');
    emit();
    viewers.broadcastLogs(['{"log":1}']);
    viewer.reading = true;
    while (tick());
    expect(kinds(viewer)).toEqual([...whole, 'log', 'events']);
    expect(
      viewer.received.filter(({ text }) => text.startsWith('part')).every(({ text }) => text.includes('at 0')),
    ).toBe(true);
    expect(viewer.position.cursor).toBeNull();
  });

  it('cuts a viewer that does not read it with 4408', () => {
    const { join, tick } = world({ parts: 10, kib: 400 });
    const viewer = join(null, { reading: false });
    while (tick());
    expect(viewer.closed).toBe(4408);
    expect(viewer.received).toHaveLength(3);
  });

  it('cuts a viewer for which 16 MiB of log entries pile up meanwhile', () => {
    const { viewers, join } = world({ parts: 10, kib: 400 });
    const viewer = join(null, { reading: false, logs: true });
    for (let i = 0; i < 20 && viewer.closed === null; i++) viewers.broadcastLogs([KIB.repeat(1024)]);
    expect(viewer.closed).toBe(4408);
  });

  it('begins anew when the object has come back in the middle of it', () => {
    const { viewers, join, tick } = world({ parts: 10, kib: 400 });
    const viewer = join(0);
    viewer.received.length = 0;
    viewer.position = { cursor: 'snapshot', logs: false };
    viewers.resume();
    tick();
    expect(kinds(viewer)).toEqual(whole);
  });
});

describe('log entries', () => {
  it('cut a viewer that lets 16 MiB of them pile up', () => {
    const { viewers, join } = world();
    const viewer = join(null, { reading: false, logs: true });
    for (let i = 0; i < 20 && viewer.closed === null; i++) viewers.broadcastLogs([KIB.repeat(1024)]);
    expect(viewer.closed).toBe(4408);
    expect(viewer.received.length).toBeLessThan(20);
    expect(viewers.wantLogs()).toBe(false);
  });
});
