import { describe, expect, it } from 'vitest';
import { NotConnectedError } from '../../../shared/client/stream-socket.ts';
import { type WatchDeps, type WatchedChange, watchExecution } from '../../../shared/client/watch-execution.ts';
import { advance, announce } from '../../../shared/domain/advance.ts';
import { createState } from '../../../shared/domain/execution-state.ts';
import { renderExecution } from '../../../shared/domain/execution-view.ts';
import type { ExecutionEvent, StreamFrame } from '../../../shared/schemas/event.ts';
import type { Execution } from '../../../shared/schemas/execution.ts';
import type { LogEntry } from '../../../shared/schemas/log.ts';
import { at, completed, header } from '../execution-run.ts';

/** The states of an execution of two steps by seq, and its events. */
function history() {
  const state = createState(header([[], [0]]), at(0));
  const events: ExecutionEvent[] = [announce(state, at(0))];
  const states: Execution[] = [renderExecution(state), renderExecution(state)];
  const results = [completed('s0', 1, 2, 3), completed('s1', 1, 4, 5)];
  for (const input of [
    { type: 'execution_started', at: at(1) } as const,
    ...results.map((result) => ({ type: 'step_ended', result }) as const),
    {
      type: 'result',
      status: 'completed',
      started_at: at(1),
      completed_at: at(9),
      error: null,
      page: 0,
      pages: 1,
      steps: results,
    } as const,
  ]) {
    events.push(...advance(state, [input], at(states.length)).events);
    states[state.core.seq] = structuredClone(renderExecution(state));
  }
  return { events, states, last: state.core.seq };
}

const { events, states, last } = history();
const stateAt = (seq: number): Execution => states[seq] ?? ({} as Execution);
const since = (seq: number, upTo = last) => events.slice(seq, upTo);
const log: LogEntry = { timestamp: at(1), level: 'INFO', step_id: null, plugin: null, message: 'm', metadata: {} };

type Connection = (StreamFrame | Error)[];

/** A server that answers one connection after the other with the frames given, and notes how it was asked. */
function server(connections: Connection[], get: () => Promise<Execution> = async () => stateAt(last)) {
  const asked: (number | null)[] = [];
  const pauses: number[] = [];
  const deps: WatchDeps = {
    async *open({ afterSeq }) {
      asked.push(afterSeq);
      const frames = connections.shift();
      if (!frames) throw new Error('no further connection was expected');
      for (const frame of frames) {
        if (frame instanceof Error) throw frame;
        yield frame;
      }
    },
    get,
    isTransient: (error) => error instanceof Error && error.message === 'network',
    backoff(failures) {
      pauses.push(failures);
      return 0;
    },
  };
  return { deps, asked, pauses };
}

async function collect(watch: AsyncIterable<WatchedChange>): Promise<WatchedChange[]> {
  const changes: WatchedChange[] = [];
  for await (const change of watch) changes.push(change);
  return changes;
}

const seqs = (changes: WatchedChange[]) => changes.flatMap((change) => change.events.map((event) => event.seq));

describe('watchExecution', () => {
  it('yields the present state, then each change, and ends with the execution', async () => {
    const { deps, asked } = server([[{ snapshot: stateAt(1) }, since(1, 2), since(2)]]);
    const changes = await collect(watchExecution(deps, {}));
    expect(asked).toEqual([null]);
    expect(changes.map((change) => change.execution)).toEqual([stateAt(1), stateAt(2), stateAt(last)]);
    expect(seqs(changes)).toEqual(since(1).map((event) => event.seq));
  });

  it('yields one state of an execution that has ended', async () => {
    const { deps } = server([[{ snapshot: stateAt(last) }]]);
    expect(await collect(watchExecution(deps, {}))).toEqual([{ execution: stateAt(last), events: [], logs: [] }]);
  });

  const parts = (seq: number): StreamFrame[] => {
    const { step_details, ...snapshot } = stateAt(seq);
    const steps = step_details.map((step) => ({ snapshot_steps: [step] }));
    return [{ snapshot, steps_total: step_details.length }, ...steps];
  };

  it('joins a snapshot that comes in parts', async () => {
    const { deps } = server([[...parts(1), since(1)]]);
    const changes = await collect(watchExecution(deps, {}));
    expect(changes.map((change) => change.execution)).toEqual([stateAt(1), stateAt(last)]);
  });

  it('begins anew when the connection is lost before a snapshot is whole', async () => {
    const { deps, asked } = server([parts(1).slice(0, -1), [...parts(2).slice(0, 2), ...parts(2), since(2)]]);
    const changes = await collect(watchExecution(deps, {}));
    expect(asked).toEqual([null, null]);
    expect(changes.map((change) => change.execution)).toEqual([stateAt(2), stateAt(last)]);
  });

  it.each<[string, StreamFrame[]]>([
    ['events before a snapshot is whole', [...parts(1).slice(0, -1), since(1)]],
    ['steps without a snapshot', parts(1).slice(1)],
    ['more steps than were said', [...parts(1).slice(0, -1), { snapshot_steps: stateAt(1).step_details }]],
  ])('refuses %s', async (_, frames) => {
    const { deps } = server([frames]);
    await expect(collect(watchExecution(deps, {}))).rejects.toThrow(/snapshot/);
  });

  it('goes on after the last event when the connection is lost', async () => {
    const { deps, asked } = server([[{ snapshot: stateAt(1) }, since(1, 2)], [], [since(2, 3)], [since(3)]]);
    const changes = await collect(watchExecution(deps, {}));
    expect(asked).toEqual([null, 2, 2, 3]);
    expect(seqs(changes)).toEqual(since(1).map((event) => event.seq));
    expect(changes.at(-1)?.execution).toEqual(stateAt(last));
  });

  it('waits longer with each failure in a row, and starts over once something came', async () => {
    const { deps, pauses } = server([[], [], [{ snapshot: stateAt(1) }], [], [since(1)]]);
    await collect(watchExecution(deps, {}));
    expect(pauses).toEqual([1, 2, 1, 2]);
  });

  it('waits longer with each snapshot that breaks off, and each time that events are missing', async () => {
    const { deps, pauses } = server([
      parts(1).slice(0, -1),
      parts(1).slice(0, 1),
      parts(1),
      [since(2, 3)],
      [since(2, 3)],
      [since(1)],
    ]);
    await collect(watchExecution(deps, {}));
    expect(pauses).toEqual([1, 2, 1, 2, 3]);
  });

  it('drops events that it has seen, and connects anew when some are missing', async () => {
    const { deps, asked } = server([[{ snapshot: stateAt(2) }, since(0, 3), since(4)], [since(3)]]);
    const changes = await collect(watchExecution(deps, {}));
    expect(asked).toEqual([null, 3]);
    expect(seqs(changes)).toEqual(since(2).map((event) => event.seq));
  });

  it('goes on from a state that the caller has', async () => {
    const { deps, asked } = server([[since(2)]]);
    const changes = await collect(watchExecution(deps, { snapshot: stateAt(2) }));
    expect(asked).toEqual([2]);
    expect(changes.map((change) => change.execution)).toEqual([stateAt(2), stateAt(last)]);
  });

  it('yields the events after a cursor, each with a state that contains them', async () => {
    const { deps, asked } = server([[since(0, 2), since(2)]]);
    const changes = await collect(watchExecution(deps, { afterSeq: 0 }));
    expect(asked).toEqual([0]);
    expect(seqs(changes)).toEqual(events.map((event) => event.seq));
    for (const change of changes) expect(change.execution).toEqual(stateAt(last));
  });

  it('takes the state anew when the server has lost what came before', async () => {
    const { deps } = server([[{ snapshot: stateAt(3) }], [{ snapshot: stateAt(1) }, since(1)]]);
    const changes = await collect(watchExecution(deps, {}));
    expect(changes.map((change) => change.execution.seq)).toEqual([3, 1, last]);
  });

  it('yields log entries beside the state', async () => {
    const { deps } = server([[{ snapshot: stateAt(1) }, { log }, since(1)]]);
    const changes = await collect(watchExecution(deps, { logs: true }));
    expect(changes[1]).toEqual({ execution: stateAt(1), events: [], logs: [log] });
  });

  it('goes on after the end when it is told to follow', async () => {
    const stop = new AbortController();
    const { deps } = server([[{ snapshot: stateAt(last) }, { log }]]);
    const watch = watchExecution(deps, { follow: true, logs: true, signal: stop.signal });
    await watch.next();
    expect((await watch.next()).value).toMatchObject({ logs: [log] });
    stop.abort(new Error('enough'));
    await expect(watch.next()).rejects.toThrow('enough');
  });

  it('throws why a stream could not be opened', async () => {
    const { deps } = server([[new NotConnectedError('refused')]], () =>
      Promise.reject(new Error('EXECUTION_NOT_FOUND')),
    );
    await expect(collect(watchExecution(deps, {}))).rejects.toThrow('EXECUTION_NOT_FOUND');
  });

  it('tries again while the server cannot be reached', async () => {
    const down = new NotConnectedError('refused');
    let gets = 0;
    const { deps } = server([[down], [down], [{ snapshot: stateAt(last) }]], () => {
      gets += 1;
      return Promise.reject(new Error('network'));
    });
    expect(await collect(watchExecution(deps, {}))).toHaveLength(1);
    expect(gets).toBe(2);
  });

  it('throws what cannot be mended by trying again', async () => {
    const { deps } = server([[{ snapshot: stateAt(1) }, new Error('bug')]]);
    await expect(collect(watchExecution(deps, {}))).rejects.toThrow('bug');
  });
});
