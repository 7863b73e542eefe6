import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '../../../shared/schemas/command.ts';
import { createDispatcher, type Dispatcher, type DispatcherOptions } from '../../../worker-node/dispatch/dispatcher.ts';
import { type EdgeServer, KEY, startEdgeServer } from './edge-server.ts';
import { recordingLogger } from './fixtures.ts';

let edge: EdgeServer;
let dispatchers: Dispatcher[] = [];
let cancelled: unknown[][];

function dial(options: Partial<DispatcherOptions> = {}): Dispatcher {
  const dispatcher = createDispatcher({
    edgeUrl: edge.url,
    key: KEY,
    pool: 'default',
    workerId: 'w1',
    shards: 1,
    logger: recordingLogger(),
    apply: async () => ({ done: true }),
    onUnreadable: () => undefined,
    cancel: (...args) => cancelled.push(args),
    timing: { pingMs: 50, firstRetryMs: 10, maxRetryMs: 50 },
    ...options,
  });
  dispatchers.push(dispatcher);
  return dispatcher;
}

const reconcile = (id: string, execution_id = 'exec_a'): Command => ({
  type: 'reconcile',
  id,
  execution_id,
  attempt: 1,
  payload: {},
});

const hellos = (): number => edge.frames.filter(({ frame }) => frame.type === 'hello').length;
const answers = () => edge.frames.map(({ frame }) => frame).filter((frame) => frame.type !== 'hello');

/** A promise with its resolver outside. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

beforeEach(async () => {
  edge = await startEdgeServer();
  cancelled = [];
});

afterEach(async () => {
  for (const dispatcher of dispatchers) dispatcher.close();
  dispatchers = [];
  await edge.close();
});

describe('connection', () => {
  it('says hello and dials as many shards as the welcome names', async () => {
    edge.shards = 3;
    await dial().connected;
    expect(edge.frames.map(({ shard, frame }) => ({ shard, frame })).sort((a, b) => a.shard - b.shard)).toEqual(
      [0, 1, 2].map((shard) => ({ shard, frame: { type: 'hello', worker_id: 'w1' } })),
    );
  });

  it('dials again whenever the connection is cut, and says so', async () => {
    let reconnected = gate();
    await dial({ onReconnected: () => reconnected.open() }).connected;
    edge.cutSockets();
    await reconnected.opened;
    reconnected = gate();
    edge.cutSockets();
    await reconnected.opened;
    expect(hellos()).toBe(3);
  });

  it('dials again when the edge falls silent', async () => {
    await dial().connected;
    edge.deaf = true;
    await edge.until(() => hellos() === 2);
  });

  it('connects once the edge is there', async () => {
    const { port } = new URL(edge.url);
    await edge.close();
    const { connected } = dial();
    edge = await startEdgeServer(Number(port));
    await connected;
  });
});

describe('commands', () => {
  it('acknowledges what was applied', async () => {
    await dial().connected;
    edge.sendCommand(reconcile('c1'));
    await edge.until(() => answers().length === 1);
    expect(answers()).toEqual([{ type: 'ack', command_id: 'c1' }]);
  });

  it('hands back what could not be applied, with the time to wait', async () => {
    await dial({ apply: async () => ({ done: false, retryAfterMs: 700, detail: 'engine down' }) }).connected;
    edge.sendCommand(reconcile('c1'));
    await edge.until(() => answers().length === 1);
    expect(answers()).toEqual([{ type: 'nack', command_id: 'c1', retry_after_ms: 700, detail: 'engine down' }]);
  });

  it('hands back a command whose application throws', async () => {
    const apply = () => Promise.reject(new Error('a defect'));
    await dial({ apply }).connected;
    edge.sendCommand(reconcile('c1'));
    await edge.until(() => answers().length === 1);
    expect(answers()).toMatchObject([{ type: 'nack', command_id: 'c1', detail: 'a defect' }]);
  });

  it('hands back a command that it cannot read, and says what of it, for another worker to take', async () => {
    const applied: string[] = [];
    const unreadable: unknown[][] = [];
    await dial({
      apply: async ({ id }) => {
        applied.push(id);
        return { done: true };
      },
      onUnreadable: (...args) => unreadable.push(args),
    }).connected;
    const head = { id: 'c1', execution_id: 'exec_a', attempt: 2, type: 'stop' };
    const payload = { reason: null, graceful: 'gently', cleanup_resources: true, save_partial_results: true };
    edge.sendText(JSON.stringify({ type: 'command', command: { ...head, payload } }));
    edge.sendText(JSON.stringify({ type: 'command', command: { ...head, id: 'c2', type: 'pause', payload: {} } }));
    edge.sendText(JSON.stringify({ type: 'news' }));
    edge.sendText('no JSON');
    edge.sendCommand(reconcile('c3'));
    await edge.until(() => answers().length === 3);
    expect(answers()).toEqual([
      {
        type: 'nack',
        command_id: 'c1',
        retry_after_ms: 15_000,
        detail: 'command.payload.graceful: must be a boolean, not string',
      },
      { type: 'nack', command_id: 'c2', retry_after_ms: 15_000, detail: expect.stringContaining('command.type') },
      { type: 'ack', command_id: 'c3' },
    ]);
    expect(applied).toEqual(['c3']);
    expect(unreadable).toMatchObject([
      [head, 'command.payload.graceful: must be a boolean, not string'],
      [{ id: 'c2', type: 'pause' }, expect.any(String)],
    ]);
  });

  it('applies in order per execution, and executions side by side', async () => {
    const first = gate();
    const begun: string[] = [];
    const apply: DispatcherOptions['apply'] = async ({ id }) => {
      begun.push(id);
      if (id === 'a1') await first.opened;
      return { done: true };
    };
    await dial({ apply }).connected;
    for (const id of ['a1', 'a2', 'b1']) edge.sendCommand(reconcile(id, `exec_${id[0]}`));
    await edge.until(() => answers().length === 1);
    expect(begun).toEqual(['a1', 'b1']);
    first.open();
    await edge.until(() => answers().length === 3);
    expect(begun).toEqual(['a1', 'b1', 'a2']);
  });

  it('applies a command once that is delivered again while it is being applied', async () => {
    const first = gate();
    let applied = 0;
    const apply = async () => {
      applied += 1;
      await first.opened;
      return { done: true } as const;
    };
    await dial({ apply }).connected;
    edge.sendCommand(reconcile('c1'));
    edge.sendCommand(reconcile('c1'));
    edge.sendCommand(reconcile('other', 'exec_b'));
    first.open();
    await edge.until(() => answers().length === 2);
    expect(applied).toBe(2);
  });

  it('drops what it has not begun when the connection that brought it is lost', async () => {
    const first = gate();
    const begun: string[] = [];
    const signals: AbortSignal[] = [];
    const apply: DispatcherOptions['apply'] = async ({ id }, signal) => {
      begun.push(id);
      signals.push(signal);
      if (id === 'c1') await first.opened;
      return { done: true };
    };
    await dial({ apply }).connected;
    edge.sendCommand(reconcile('c1'));
    edge.sendCommand(reconcile('c2'));
    edge.sendCommand(reconcile('marker', 'exec_b'));
    await edge.until(() => answers().length === 1);
    edge.cutSockets();
    await edge.until(() => hellos() === 2);
    expect(signals[0]?.aborted).toBe(true);
    edge.sendCommand(reconcile('c3'));
    first.open();
    await edge.until(() => answers().length === 2);
    expect(begun).toEqual(['c1', 'marker', 'c3']);
    expect(answers().map((frame) => 'command_id' in frame && frame.command_id)).toEqual(['marker', 'c3']);
  });

  it('passes a cancel frame on', async () => {
    await dial().connected;
    edge.send({ type: 'cancel', execution_id: 'exec_a', attempt: 2, graceful: false });
    edge.sendCommand(reconcile('c1'));
    await edge.until(() => answers().length === 1);
    expect(cancelled).toEqual([['exec_a', 2, false]]);
  });
});
