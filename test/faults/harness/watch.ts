import { expect, onTestFinished } from 'vitest';
import { fold } from '../../../shared/domain/fold.ts';
import { createSnapshotJoiner, type WholeFrame } from '../../../shared/domain/join-snapshot.ts';
import type { ExecutionEvent } from '../../../shared/schemas/event.ts';
import type { Execution } from '../../../shared/schemas/execution.ts';
import { isTerminalExecution } from '../../../shared/schemas/execution-status.ts';
import type { Api } from '../../stack/api.ts';
import { createAnswers } from './answers.ts';

/** A viewer that follows an execution through every fault, and holds the stream against GET. */
export interface Watch {
  /** The first state that satisfies the condition, as the stream tells it; `what` is for the message when none does. */
  until(what: string, condition: (execution: Execution) => boolean, limitMs?: number): Promise<Execution>;
  /**
   * The execution once it has ended. Then the events must have come without a gap or a repetition, be the ones that the
   * list of events answers, and fold to what GET answered at every seq at which it was asked: with each frame, and in
   * between. Too few such seqs are a failure too.
   */
  ended(limitMs?: number): Promise<Execution>;
}

const REDIAL_MS = 100;
/** Seqs to compare at least; of fewer frames a third, since some are over before GET can answer. */
const HANDFUL = 5;
/** The answer to one request may be newer than what the stream has brought; that of every one of these is not. */
const SURE_CHANCES = 4;
const LIMIT_MS = 60_000;

export function watch(api: Api, id: string): Watch {
  const events: ExecutionEvent[] = [];
  const told = new Map<number, Execution>();
  /** The seqs at which a frame ended: those that GET can answer. */
  const frameEnds = new Set<number>();
  const waiting = new Set<() => void>();
  let state: Execution | undefined;
  /** The state while the stream brings what follows: none from the end of a connection to the first frame of the next. */
  let live: Execution | undefined;
  let over = false;
  let socket: WebSocket | undefined;
  const answers = createAnswers({ get: () => api.getExecution(id), shown: () => live });
  connect();
  onTestFinished(stop);

  async function stop(): Promise<void> {
    over = true;
    socket?.close();
    await answers.stop();
  }

  function connect(): void {
    if (over) return;
    socket = api.viewer(id, state ? `?after_seq=${state.seq}` : '');
    const join = createSnapshotJoiner();
    socket.onmessage = ({ data }) => {
      const frame = join(JSON.parse(String(data)));
      if (frame !== null) take(frame);
    };
    socket.onclose = () => {
      live = undefined;
      setTimeout(connect, REDIAL_MS);
    };
  }

  function take(frame: WholeFrame): void {
    if ('snapshot' in frame) tell(frame.snapshot);
    else if (Array.isArray(frame)) for (const event of frame) takeEvent(event);
    live = state;
    if (state) frameEnds.add(state.seq);
    answers.frameCame();
  }

  function takeEvent(event: ExecutionEvent): void {
    events.push(event);
    // Before the snapshot there is nothing to fold into; the list of seqs will show it.
    if (state) tell(fold(state, event));
  }

  function tell(next: Execution): void {
    state = next;
    told.set(next.seq, next);
    for (const check of waiting) check();
  }

  async function compare(): Promise<void> {
    const first = Math.min(...told.keys());
    const seqs = Array.from({ length: Math.max(...told.keys()) - first }, (_, i) => first + 1 + i);
    expect(events.map(({ seq }) => seq)).toEqual(seqs);
    expect(await allEvents(api, id, first)).toEqual(events);
    const compared = [...answers.bySeq].filter(([seq]) => seq >= first);
    for (const [seq, answer] of compared) expect(told.get(seq), `the stream at seq ${seq}`).toEqual(answer);
    expectEnough(new Set(compared.map(([seq]) => seq)));
  }

  /** An instrument that looked away proves nothing: enough seqs were compared, and one of each status that lasted. */
  function expectEnough(compared: ReadonlySet<number>): void {
    const floor = Math.min(HANDFUL, Math.ceil(frameEnds.size / 3));
    expect(compared.size, `seqs compared, of ${frameEnds.size}`).toBeGreaterThanOrEqual(floor);
    const statusAt = (seq: number) => told.get(seq)?.status;
    for (const status of new Set([...frameEnds].map(statusAt))) {
      const had = [...answers.chances].reduce((sum, [seq, count]) => (statusAt(seq) === status ? sum + count : sum), 0);
      if (had >= SURE_CHANCES)
        expect([...compared].map(statusAt), `asked ${had} times while the stream showed ${status}`).toContain(status);
    }
  }

  const self: Watch = {
    until(what, condition, limitMs = LIMIT_MS) {
      const { promise, resolve, reject } = Promise.withResolvers<Execution>();
      const check = () => state && condition(state) && resolve(state);
      const late = setTimeout(
        () => reject(new Error(`${what}: not within ${limitMs / 1_000} s, but ${JSON.stringify(state)}`)),
        limitMs,
      );
      waiting.add(check);
      check();
      return promise.finally(() => {
        clearTimeout(late);
        waiting.delete(check);
      });
    },
    async ended(limitMs) {
      await self.until(`${id} ends`, ({ status }) => isTerminalExecution(status), limitMs);
      await stop();
      const execution = await api.getExecution(id);
      answers.add(execution);
      await compare();
      return execution;
    },
  };
  return self;
}

/** The events after `seq`, page by page. */
export async function allEvents(api: Api, id: string, seq = 0): Promise<ExecutionEvent[]> {
  const events: ExecutionEvent[] = [];
  for (;;) {
    const after = events.at(-1)?.seq ?? seq;
    const page = await api.data<ExecutionEvent[]>(
      'GET',
      `/workflows/executions/${id}/events?limit=1000&after_seq=${after}`,
    );
    if (page.length === 0) return events;
    events.push(...page);
  }
}

/** Whether the step has this status. */
export const stepIs =
  (id: string, ...statuses: string[]) =>
  ({ step_details }: Execution): boolean =>
    step_details.some((step) => step.id === id && statuses.includes(step.status));
